/** What a training step asks of the GPU, counted on Dawn's null adapter, which validates everything and computes nothing. Counts, not times. */
import {preset as presetOf} from "../../clip/presets.ts";
import {installWebgpuKernels} from "../../kernels/index.ts";
import {registerWebgpu} from "../../tensor/webgpu-device.ts";
import * as tf from "../../tensor/tf.ts";
import {nullGpu, recordedStep} from "./recorded-step.ts";
import type {Row} from "./rows.ts";
import {trainerOf} from "./step.ts";
import {training} from "./training.ts";

const counted = {dispatches: 0, submits: 0, "bind groups": 0, buffers: 0};

/** Rows of one preset: ours against the definitions on stock tfjs. Dawn's objects stay until the process ends. */
export async function countDispatches(preset: string): Promise<Row[]> {
  const gpu = await nullGpu();
  const adapter = await gpu.requestAdapter();
  if (!adapter) return [];
  count();
  await registerWebgpu(adapter);
  await tf.setBackend("webgpu");
  const theirs = await aStep(preset);
  // A device of its own: the null adapter has little memory, and tfjs's pool keeps what it had.
  await registerWebgpu((await gpu.requestAdapter())!);
  await tf.setBackend("webgpu");
  installWebgpuKernels();
  const ours = await aRecordedStep(preset);
  return (Object.keys(counted) as (keyof typeof counted)[]).map((what) => ({
    what: `${what} a step ${preset}`, backend: "webgpu", unit: "count", ours: ours[what], peer: "tfjs", theirs: theirs[what], ratio: ours[what] / theirs[what]
  }));
}

/** Counts of the third step, when pipelines and pools have settled. */
async function aStep(preset: string): Promise<typeof counted> {
  const trainer = trainerOf(preset);
  let before = {...counted};
  for (let i = 0; i < 3; i++) {
    before = {...counted};
    const loss = trainer.step();
    await loss.data();
    loss.dispose();
  }
  trainer.dispose();
  return Object.fromEntries((Object.keys(counted) as (keyof typeof counted)[]).map((what) => [what, counted[what] - before[what]])) as typeof counted;
}

/** Counts of a replayed step: the first is taken as it is, the second recorded. */
async function aRecordedStep(preset: string): Promise<typeof counted> {
  const {step, inputs, dispose} = recordedStep(presetOf(preset), training.batchSize);
  let before = {...counted};
  for (let i = 0; i < 3; i++) {
    before = {...counted};
    await step.take(inputs, training.learningRate);
  }
  const ours = Object.fromEntries((Object.keys(counted) as (keyof typeof counted)[]).map((what) => [what, counted[what] - before[what]])) as typeof counted;
  dispose();
  return ours;
}

/** Has every call counted from now on. */
function count(): void {
  wrap(GPUComputePassEncoder.prototype, "dispatchWorkgroups", "dispatches");
  wrap(GPUQueue.prototype, "submit", "submits");
  wrap(GPUDevice.prototype, "createBindGroup", "bind groups");
  wrap(GPUDevice.prototype, "createBuffer", "buffers");
}

function wrap<T extends object>(prototype: T, method: keyof T, what: keyof typeof counted): void {
  const original = prototype[method] as (...args: unknown[]) => unknown;
  (prototype as Record<keyof T, unknown>)[method] = function (this: T, ...args: unknown[]) {
    counted[what]++;
    return original.apply(this, args);
  };
}
