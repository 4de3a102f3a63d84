/**
 * The memory that tfjs's WebAssembly backend keeps its tensors in, so that a second module can work on them in place.
 * Not a backend: it only finds what the backend has.
 */
import type {TypedArray} from "@tensorflow/tfjs-core";
import * as tf from "./tf.ts";

/** What of tfjs's WebAssembly backend is used here. */
export interface WasmBackend {
  wasm: {
    _malloc(bytes: number): number;
    _free(address: number): void;
    HEAPU8: Uint8Array;
    tfjs: {registerTensor(id: number, elements: number, address: number): void; disposeData(id: number): void};
    asm?: {memory?: WebAssembly.Memory};
  };
  dataIdMap: {get(dataId: object): {id: number; memoryOffset: number}};
  refCount(dataId: object): number;
  incRef(dataId: object): void;
  makeOutput(shape: number[], dtype: tf.DataType, memoryOffset?: number, values?: TypedArray): tf.TensorInfo;
}

let shared: WebAssembly.Memory | undefined;

/**
 * Starts the WebAssembly backend and notes the memory it makes. Use this in place of `tf.setBackend("wasm")`: the
 * threaded build makes its memory in JavaScript and shows it to nobody, so it must be seen being made.
 * Gives what `tf.setBackend` gives: whether the backend could start.
 */
export async function setWasmBackend(): Promise<boolean> {
  const Memory = WebAssembly.Memory;
  class Observed extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      if (descriptor.shared) shared = this;
      Object.setPrototypeOf(this, Memory.prototype); // an ordinary Memory to everyone else
    }
  }
  WebAssembly.Memory = Observed;
  try {
    return await tf.setBackend("wasm");
  } finally {
    WebAssembly.Memory = Memory;
  }
}

/** The running WebAssembly backend, or undefined when another backend is set. */
export function wasmBackend(): WasmBackend | undefined {
  return tf.getBackend() === "wasm" ? (tf.backend() as unknown as WasmBackend) : undefined;
}

/** The backend's memory, or undefined when it was made unseen (see `setWasmBackend`). */
export function wasmMemory({wasm}: WasmBackend): WebAssembly.Memory | undefined {
  return [wasm.asm?.memory, shared].find((memory) => memory?.buffer === wasm.HEAPU8.buffer);
}

/**
 * To be called for every tensor whose numbers were changed in place: tfjs's own products keep a packed copy of the matrix they last
 * multiplied by, found by the tensor's id, and would go on using it. Forgetting the id forgets the copy; the numbers stay where they are.
 */
export function changedInPlace({wasm, dataIdMap}: WasmBackend, tensor: tf.Tensor): void {
  const {id, memoryOffset} = dataIdMap.get(tensor.dataId);
  wasm.tfjs.disposeData(id);
  wasm.tfjs.registerTensor(id, tensor.size, memoryOffset);
}
