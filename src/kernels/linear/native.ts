/** The linear layer's kernels for the WebAssembly backend: DiagonalProduct and DiagonalBeforeActivation. */
import type {Activation} from "../activation/reference.ts";
import {activations} from "../assembly/jobs.ts";
import type {Native} from "../assembly/native.ts";

/** a [m, k] (or [k, m] with aAcross) times b [k, n] (or [n, k] with bAcross), with what follows it. */
export interface ProductAttributes {
  m: number;
  n: number;
  k: number;
  aAcross: boolean;
  bAcross: boolean;
  shape: number[];
  activation: Activation;
  /** Whether the activation's derivative is given too, for the gradient. */
  keepSlope: boolean;
}

export function registerLinear(native: Native): void {
  native.register("DiagonalProduct", ({a, b, bias, residual}, {m, n, k, aAcross, bAcross, shape, activation, keepSlope}: ProductAttributes) => {
    const c = native.output(shape);
    const slope = keepSlope ? native.output(shape) : undefined;
    native.run("product", [m, n, k, native.address(a), aAcross ? m : k, aAcross, native.address(b), bAcross ? k : n, bAcross, native.address(c), n, native.address(bias), native.address(slope), native.address(residual), activations[activation], false]);
    return slope ? [c, slope] : [c];
  });

  native.register("DiagonalBeforeActivation", ({dy, slope}, {width}: {width: number}) => {
    const sum = native.output([width]);
    const dz = slope ? native.output(dy.shape) : undefined;
    const rows = dy.shape.reduce((a, b) => a * b, 1) / width;
    native.run("beforeActivation", [rows, width, native.address(dy), native.address(slope), native.address(dz), native.address(sum)]);
    return dz ? [sum, dz] : [sum];
  });
}
