/**
 * A step of work on the GPU, recorded once and replayed in one submit: the same commands with the same bind groups and buffers, on
 * whatever the inputs' buffers hold by then. WebGPU only. It knows no models: whoever records says when a recording has had its day.
 */
import * as tf from "./tf.ts";
import {asTensor, flush, tensorInPart, webgpuBackend, type Part, type WebgpuBackend} from "./webgpu-backend.ts";
import type {BufferScope} from "./webgpu-buffers.ts";

type Command =
  | {pipeline: GPUComputePipeline; group: GPUBindGroup; grid: [number, number, number]}
  | {source: GPUBuffer; sourceOffset: number; target: GPUBuffer; targetOffset: number; size: number};

export interface Recording<T> {
  /** What the work gave when it was recorded: tensors whose numbers every replay writes anew. Not to be disposed. */
  outputs: T;
  dispatches: number;
  /** Gives the commands once more, in one submit; `extra` may append copies. */
  replay(extra?: (encoder: GPUCommandEncoder) => void): void;
  dispose(): void;
}

/**
 * Runs `work` and records its commands. What it makes and does not dispose must be in what it gives; what it assigns must be put
 * back in place by it (see `adopt`). It may read nothing back.
 */
export function record<T extends tf.TensorContainer>(work: () => T): Recording<T> {
  const backend = webgpuBackend();
  if (!backend) throw new Error(`record: only a step on WebGPU can be recorded, not on ${tf.getBackend()}`);
  flush(backend);
  const commands: Command[] = [];
  const stop = listen(backend.device, commands);
  // Small things must be computed where they are recorded, not on the processor.
  const onCpu = tf.env().getBool("WEBGPU_CPU_FORWARD");
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  try {
    const {result, scope} = backend.bufferManager.recording(() => {
      const given = work();
      flush(backend);
      return given;
    });
    return {
      outputs: result,
      dispatches: commands.filter((command) => "group" in command).length,
      replay: (extra) => replay(backend, commands, extra),
      dispose: () => disposeAll(backend, result, scope)
    };
  } finally {
    stop();
    tf.env().set("WEBGPU_CPU_FORWARD", onCpu);
  }
}

function disposeAll(backend: WebgpuBackend, result: tf.TensorContainer, scope: BufferScope): void {
  tf.dispose(result);
  flush(backend);
  backend.bufferManager.disposeScope(scope);
}

function replay(backend: WebgpuBackend, commands: readonly Command[], extra?: (encoder: GPUCommandEncoder) => void): void {
  flush(backend);
  const encoder = backend.device.createCommandEncoder();
  let pass: GPUComputePassEncoder | undefined;
  let pipeline: GPUComputePipeline | undefined;
  for (const command of commands) {
    if ("group" in command) {
      if (!pass) [pass, pipeline] = [encoder.beginComputePass(), undefined];
      if (command.pipeline !== pipeline) pass.setPipeline((pipeline = command.pipeline));
      pass.setBindGroup(0, command.group);
      pass.dispatchWorkgroups(command.grid[0], command.grid[1], command.grid[2]);
    } else {
      pass?.end();
      pass = undefined;
      encoder.copyBufferToBuffer(command.source, command.sourceOffset, command.target, command.targetOffset, command.size);
    }
  }
  pass?.end();
  extra?.(encoder);
  backend.queue.submit([encoder.finish()]);
}

/** Has every command encoder of the device write down what it is given, too; returns how to stop. */
function listen(device: GPUDevice, commands: Command[]): () => void {
  const create = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = (descriptor) => {
    const encoder = create(descriptor);
    return {
      beginComputePass: () => listenToPass(encoder.beginComputePass(), commands),
      copyBufferToBuffer(source: GPUBuffer, sourceOffset: number, target: GPUBuffer, targetOffset: number, size: number) {
        if (target.usage & GPUBufferUsage.MAP_READ) throw new Error("a recorded step read a tensor back: its numbers would be those of the recording for ever");
        commands.push({source, sourceOffset, target, targetOffset, size});
        encoder.copyBufferToBuffer(source, sourceOffset, target, targetOffset, size);
      },
      finish: () => encoder.finish()
    } as unknown as GPUCommandEncoder;
  };
  return () => void delete (device as {createCommandEncoder?: unknown}).createCommandEncoder;
}

function listenToPass(pass: GPUComputePassEncoder, commands: Command[]): GPUComputePassEncoder {
  let pipeline: GPUComputePipeline;
  let group: GPUBindGroup;
  return {
    setPipeline: (next: GPUComputePipeline) => pass.setPipeline((pipeline = next)),
    setBindGroup: (index: number, next: GPUBindGroup) => pass.setBindGroup(index, (group = next)),
    dispatchWorkgroups(x: number, y = 1, z = 1) {
      commands.push({pipeline, group, grid: [x, y, z]});
      pass.dispatchWorkgroups(x, y, z);
    },
    end: () => pass.end()
  } as unknown as GPUComputePassEncoder;
}

/** A tensor with a buffer of its own that is written from outside, before each replay. */
export interface Slot {
  tensor: tf.Tensor;
  /** The numbers of the next step. Throws a RangeError where there are more or fewer than the tensor has. */
  write(values: Float32Array | Int32Array): void;
  dispose(): void;
}

/** Makes a slot on the present WebGPU backend. */
export function createSlot(shape: number[], dtype: "float32" | "int32" = "float32"): Slot {
  const backend = webgpuBackend()!;
  const size = shape.reduce((a, b) => a * b, 1);
  const buffer = backend.bufferManager.create({size: 4 * size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC});
  const tensor = asTensor(tensorInPart(backend, {buffer, offset: 0, size: 4 * size}, shape, dtype));
  return {
    tensor,
    write(values) {
      if (values.length !== size) throw new RangeError(`a slot of [${shape}] takes ${size} numbers, ${values.length} came`);
      flush(backend);
      backend.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
    },
    dispose() {
      tensor.dispose();
      flush(backend);
      backend.bufferManager.destroy(buffer);
    }
  };
}

/** Scalars of many steps, kept on the GPU and read back together. */
export class ScalarLog {
  private readonly kept: GPUBuffer;
  private readonly staging: GPUBuffer[] = [];
  private count = 0;

  /** Room for `steps` steps of `width` scalars between two readings. */
  constructor(private readonly backend: WebgpuBackend, private readonly width: number, private readonly steps: number) {
    this.kept = backend.bufferManager.create({size: 4 * width * steps, usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST});
  }

  /** Appends copies of the scalars to a step's commands. */
  append(encoder: GPUCommandEncoder, scalars: readonly Part[]): void {
    if (this.count === this.steps) throw new RangeError(`a log of ${this.steps} steps is full: read it first`);
    scalars.forEach(({buffer, offset}, i) => encoder.copyBufferToBuffer(buffer, offset, this.kept, 4 * (this.count * this.width + i), 4));
    this.count++;
    if (this.count === this.steps) encoder.copyBufferToBuffer(this.kept, 0, this.nextStaging(), 0, this.kept.size);
  }
  private pending: GPUBuffer | undefined;

  private nextStaging(): GPUBuffer {
    return (this.pending = this.staging.pop() ?? this.backend.bufferManager.create({size: this.kept.size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ}));
  }

  /** What was logged since the last reading, step after step. */
  async read(): Promise<Float32Array> {
    const length = this.count * this.width;
    if (!this.pending) {
      const encoder = this.backend.device.createCommandEncoder();
      encoder.copyBufferToBuffer(this.kept, 0, this.nextStaging(), 0, this.kept.size);
      this.backend.queue.submit([encoder.finish()]);
    }
    const staging = this.pending!;
    this.pending = undefined;
    this.count = 0;
    await staging.mapAsync(GPUMapMode.READ);
    const values = new Float32Array(staging.getMappedRange().slice(0)).slice(0, length);
    staging.unmap();
    this.staging.push(staging);
    return values;
  }

  dispose(): void {
    for (const buffer of [this.kept, ...this.staging]) this.backend.bufferManager.destroy(buffer);
  }
}
