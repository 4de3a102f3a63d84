/** Variables side by side in one GPU buffer, so that one pass moves them all. tfjs sees ordinary variables. */
import type * as tf from "./tf.ts";
import {asTensor, copyPart, partOf, tensorInPart, type Part, type WebgpuBackend} from "./webgpu-backend.ts";

/** Every variable begins at a multiple of so many floats: 256 bytes, as bindings must. */
export const arenaAlign = 64;

export interface Arena {
  buffer: GPUBuffer;
  /** Each variable's stretch, in the order given. */
  parts: Part[];
  /** Floats in all, a multiple of `arenaAlign`. */
  size: number;
  destroy(): void;
}

/** A zeroed buffer with room for tensors of these sizes (in floats). */
export function createArena(backend: WebgpuBackend, sizes: readonly number[]): Arena {
  let size = 0;
  const starts = sizes.map((floats) => {
    const start = size;
    size += arenaAlign * Math.ceil(floats / arenaAlign);
    return start;
  });
  const buffer = backend.bufferManager.create({size: 4 * Math.max(arenaAlign, size), usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST});
  return {buffer, size, parts: sizes.map((floats, i) => ({buffer, offset: 4 * starts[i], size: 4 * floats})), destroy: () => backend.bufferManager.destroy(buffer)};
}

/** Sees to it that a variable's numbers lie in its part and are nobody else's, wherever an assignment put them. */
export function adopt(backend: WebgpuBackend, variable: tf.Variable, part: Part): void {
  const data = backend.tensorMap.get(variable.dataId);
  const here = data.part?.buffer === part.buffer && data.part.offset === part.offset;
  if (here && data.refCount === 1) return;
  // A clone shares numbers that are about to change in place: it takes a copy with it.
  if (here) separate(backend, variable);
  else copyPart(backend, partOf(backend, variable), part);
  const inPlace = asTensor(tensorInPart(backend, part, variable.shape));
  variable.assign(inPlace);
  inPlace.dispose();
}

/** Gives a tensor, and all that share its numbers, a buffer of their own. */
export function separate(backend: WebgpuBackend, tensor: tf.TensorInfo): void {
  const data = backend.tensorMap.get(tensor.dataId);
  if (!data.part) return;
  const {size} = data.part;
  const buffer = backend.bufferManager.acquireBuffer(size, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST);
  copyPart(backend, data.part, {buffer, offset: 0, size});
  Object.assign(data, {resource: buffer, part: undefined, external: false});
}
