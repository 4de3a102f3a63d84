/**
 * A training step that stays on the GPU: taken once as it is, recorded the next time, and from then on replayed in one submit.
 * Recorded anew when the inputs' shapes or the graph change. WebGPU only; the numbers are those of the step taken as it is.
 */
import {disposeGradients, valueAndGradients} from "../tensor/gradients.ts";
import type {Parameters} from "../tensor/parameters.ts";
import {createSlot, record, ScalarLog, type Recording, type Slot} from "../tensor/replay.ts";
import * as tf from "../tensor/tf.ts";
import {copyPart, flush, partOf, webgpuBackend} from "../tensor/webgpu-backend.ts";
import type {AdamW, StepScale} from "./adamw.ts";

export interface RecordedStepOptions {
  parameters: Parameters;
  optimizer: AdamW;
  /** The loss of the inputs: of the same shapes, always the same operations. Nothing is read back in it. */
  loss(inputs: tf.Tensor[]): tf.Scalar;
  /** Names the graph, beside the inputs' shapes: when it changes, the step is recorded anew. */
  graph?: () => string;
  /** Called before each step's commands, to write what changes from step to step. */
  beforeStep?: (step: number) => void;
  /** Steps between two readings at most. */
  readEvery?: number;
  /** Largest norm of the gradient. */
  clip?: number;
  paths?: readonly string[];
  scaleOf?: (path: string) => StepScale;
}

/** What is known of a step when it has been read back. */
export interface StepResult {
  loss: number;
  gradientNorm: number;
  /** The learned log scale after the step. */
  logitScaleLog: number;
}

export interface RecordedStep {
  /** Takes a step; resolves when no more than three are on their way. The inputs stay the caller's, and may be disposed at once. */
  take(inputs: readonly tf.Tensor[], learningRate: number): Promise<void>;
  /** The steps since the last reading, in order. To be called at least every `readEvery` steps. */
  read(): Promise<StepResult[]>;
  /** Dispatches of the recording in use; 0 before there is one. */
  dispatches(): number;
  dispose(): void;
}

/** Most steps that the GPU may have been given and not done. */
const inFlight = 3;

export function createRecordedStep({parameters, optimizer, loss, graph = () => "", beforeStep, readEvery = 8, clip, paths, scaleOf}: RecordedStepOptions): RecordedStep {
  const backend = webgpuBackend();
  const gpu = optimizer.onGpu();
  if (!backend || !gpu) throw new Error(`a recorded step needs our kernels on WebGPU; the backend is ${tf.getBackend()}`);
  const log = new ScalarLog(backend, 3, readEvery);
  const pending: Promise<unknown>[] = [];
  let slots: Slot[] = [];
  let key: string | undefined;
  let recording: Recording<tf.Scalar> | undefined;
  let steps = 0;

  const work = (): tf.Scalar => {
    const {value, gradients} = gpu.collect(() => valueAndGradients(() => loss(slots.map(({tensor}) => tensor)), parameters, paths));
    gpu.apply(gradients);
    disposeGradients(gradients);
    return value;
  };

  const forget = () => {
    recording?.dispose();
    recording = undefined;
    for (const slot of slots) slot.dispose();
    slots = [];
  };

  const scalarsOf = (value: tf.Tensor) => [partOf(backend, value), gpu.norm, partOf(backend, parameters.get("logit_scale"))];

  return {
    async take(inputs, learningRate) {
      const next = `${inputs.map(({shape, dtype}) => `${dtype} ${shape}`).join("; ")} ${graph()}`;
      const known = next === key;
      if (!known) {
        forget();
        slots = inputs.map(({shape, dtype}) => createSlot(shape, dtype as "float32" | "int32"));
        key = next;
      }
      inputs.forEach((input, i) => fill(slots[i], input));
      gpu.prepare(learningRate, {clip, scaleOf, paths});
      beforeStep?.(steps++);
      if (recording) recording.replay((encoder) => log.append(encoder, scalarsOf(recording!.outputs)));
      else {
        if (known) recording = record(work);
        const value = recording?.outputs ?? work();
        flush(backend);
        const encoder = backend.device.createCommandEncoder();
        log.append(encoder, scalarsOf(value));
        backend.queue.submit([encoder.finish()]);
        if (!recording) value.dispose();
      }
      pending.push(backend.queue.onSubmittedWorkDone());
      if (pending.length >= inFlight) await pending.shift();
    },
    async read() {
      const values = await log.read();
      pending.length = 0;
      return Array.from({length: values.length / 3}, (_, i) => ({loss: values[3 * i], gradientNorm: values[3 * i + 1], logitScaleLog: values[3 * i + 2]}));
    },
    dispatches: () => recording?.dispatches ?? 0,
    dispose() {
      forget();
      log.dispose();
    }
  };

  /** Writes an input's numbers to its slot: from JavaScript where they still are there, else on the GPU. */
  function fill(slot: Slot, input: tf.Tensor): void {
    const {values} = backend!.tensorMap.get(input.dataId);
    if (values instanceof Float32Array || values instanceof Int32Array) slot.write(values);
    else copyPart(backend!, partOf(backend!, input), partOf(backend!, slot.tensor));
  }
}

