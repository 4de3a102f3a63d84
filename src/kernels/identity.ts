/** A clone that shares its numbers until one of the two changes, as on tfjs's other backends; its WebAssembly backend copies them. */
import type {Native} from "./assembly/native.ts";

/** Replaces tfjs's own Identity: every tensor that is kept for a gradient is a clone. */
export function registerIdentity(native: Native): void {
  native.register("Identity", ({x}) => {
    native.backend.incRef(x.dataId);
    return {dataId: x.dataId, shape: x.shape, dtype: x.dtype};
  });
}
