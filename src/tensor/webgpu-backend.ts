/**
 * tfjs's WebGPU backend beneath its public face: what our kernels and recorded steps use of it, and two things that it lacks.
 * Tensors may be parts of a larger buffer (an arena), and a value that was read back is never kept, since tensors change in place.
 */
import * as tf from "./tf.ts";
import {Buffers} from "./webgpu-buffers.ts";

/** A stretch of a buffer, in bytes; the offset is a multiple of 256. */
export interface Part {
  buffer: GPUBuffer;
  offset: number;
  size: number;
}

interface TensorData {
  dtype: tf.DataType;
  shape: number[];
  values: tf.BackendValues | null;
  refCount: number;
  resource?: GPUBuffer | null;
  /** The backend does not free the buffer. */
  external?: boolean;
  /** Where in the buffer the tensor lies; the whole buffer where absent. */
  part?: Part;
}

export interface WebgpuBackend {
  device: GPUDevice;
  queue: GPUQueue;
  bufferManager: Buffers;
  tensorMap: {get(dataId: object): TensorData; set(dataId: object, data: TensorData): void; has(dataId: object): boolean};
  adapterInfo: {vendor: string; architecture: string};
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  commandQueueOwnedIds: WeakSet<object>;
  dispatchCountInPass: number;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  uploadToGPU(dataId: object): void;
  tensorToBinding(tensor: tf.TensorInfo): GPUBindingResource;
  makeTensorInfo(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  disposeData(dataId: object): boolean;
  refCount(dataId: object): number;
  nextDataId(): number;
  read(dataId: object): Promise<tf.BackendValues>;
  convertAndCacheOnCPU(dataId: object, data: tf.BackendValues): tf.BackendValues;
}

const prepared = new WeakSet<WebgpuBackend>();

/** The present backend, taught about parts and given our buffers; undefined where it is not WebGPU's. */
export function webgpuBackend(): WebgpuBackend | undefined {
  if (tf.getBackend() !== "webgpu") return undefined;
  const backend = tf.backend() as unknown as WebgpuBackend;
  if (!prepared.has(backend)) prepare(backend);
  return backend;
}

function prepare(backend: WebgpuBackend): void {
  prepared.add(backend);
  const before = backend.bufferManager;
  backend.bufferManager = new Buffers(backend.device);
  // What tfjs's manager gave out before goes back to it.
  const release = backend.bufferManager.releaseBuffer.bind(backend.bufferManager);
  const mine = new WeakSet<GPUBuffer>();
  const acquire = backend.bufferManager.acquireBuffer.bind(backend.bufferManager);
  backend.bufferManager.acquireBuffer = (...args) => {
    const buffer = acquire(...args);
    mine.add(buffer);
    return buffer;
  };
  backend.bufferManager.releaseBuffer = (buffer, reuse) => (mine.has(buffer) ? release(buffer, reuse) : before.releaseBuffer(buffer, reuse));

  const bind = backend.tensorToBinding.bind(backend);
  backend.tensorToBinding = (tensor) => backend.tensorMap.get(tensor.dataId).part ?? bind(tensor);

  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    const {part, dtype} = backend.tensorMap.get(dataId) ?? {};
    return part ? readPart(backend, part, dtype!) : read(dataId);
  };
  backend.convertAndCacheOnCPU = (_, data) => data;
}

async function readPart(backend: WebgpuBackend, {buffer, offset, size}: Part, dtype: tf.DataType): Promise<tf.BackendValues> {
  const staging = backend.bufferManager.acquireBuffer(size, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ);
  copyPart(backend, {buffer, offset, size}, {buffer: staging, offset: 0, size});
  backend.submitQueue();
  await staging.mapAsync(GPUMapMode.READ);
  const bytes = staging.getMappedRange().slice(0);
  staging.unmap();
  backend.bufferManager.releaseBuffer(staging);
  return dtype === "int32" ? new Int32Array(bytes) : new Float32Array(bytes);
}

/** Where a tensor lies on the GPU; it is uploaded first if it does not yet. */
export function partOf(backend: WebgpuBackend, tensor: tf.TensorInfo): Part {
  backend.uploadToGPU(tensor.dataId);
  const {part, resource} = backend.tensorMap.get(tensor.dataId);
  return part ?? {buffer: resource!, offset: 0, size: resource!.size};
}

/** Copies in the order of the commands, after those that were given before. */
export function copyPart(backend: WebgpuBackend, from: Part, to: Part): void {
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.commandEncoder!.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, Math.min(from.size, to.size));
}

/** A tensor that lies in a part of a buffer which somebody else owns. */
export function tensorInPart(backend: WebgpuBackend, part: Part, shape: number[], dtype: tf.DataType = "float32"): tf.TensorInfo {
  const dataId = {id: backend.nextDataId()};
  backend.tensorMap.set(dataId, {dtype, shape, values: null, refCount: 1, resource: part.buffer, external: true, part});
  return {dataId, shape, dtype};
}

/** The same as a tensor that tfjs keeps count of. */
export function asTensor({dataId, shape, dtype}: tf.TensorInfo): tf.Tensor {
  return tf.engine().makeTensorFromDataId(dataId, shape, dtype, tf.backend());
}

/** Sends what was given so far, so that a write to a buffer from here on comes after it. */
export function flush(backend: WebgpuBackend): void {
  if (!backend.commandEncoder) return;
  backend.endComputePassEncoder();
  backend.submitQueue();
}

/** Destroys the buffers that nobody uses on the present backend, if it is WebGPU's: what a run leaves in the pool when it ends. */
export function releaseUnused(): void {
  const backend = webgpuBackend();
  if (!backend) return;
  flush(backend);
  backend.bufferManager.trim();
}
