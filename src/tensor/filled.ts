/** A tensor whose numbers come a piece at a time, so that a large one need never be held twice. */
import * as tf from "./tf.ts";
import {wasmBackend} from "./wasm-memory.ts";

/** Where a piece goes: the numbers from `at` on. */
export interface NumberPiece {
  at: number;
  values: Float32Array;
}

/**
 * A float32 tensor of `shape` on the present backend. On WebAssembly each piece goes straight to its place in the backend's memory, and may be
 * reused by the caller after it was taken; elsewhere the whole is put together first. The pieces must cover the tensor. The caller disposes it.
 */
export async function filledTensor(shape: number[], pieces: AsyncIterable<NumberPiece>): Promise<tf.Tensor> {
  const size = shape.reduce((product, side) => product * side, 1);
  const backend = wasmBackend();
  if (!backend) {
    const whole = new Float32Array(size);
    for await (const {at, values} of pieces) whole.set(values, at);
    return tf.tensor(whole, shape, "float32");
  }
  const info = backend.makeOutput(shape, "float32");
  const tensor = tf.engine().makeTensorFromTensorInfo(info);
  try {
    // The view is made anew each time: the memory may have grown in between.
    for await (const {at, values} of pieces) new Float32Array(backend.wasm.HEAPU8.buffer, backend.dataIdMap.get(info.dataId).memoryOffset, size).set(values, at);
  } catch (error) {
    tensor.dispose();
    throw error;
  }
  return tensor;
}
