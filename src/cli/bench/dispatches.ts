/** What a training step asks of the GPU, counted on Dawn's null adapter, which validates everything and computes nothing. Counts, not times. */
import {createClip} from "../../clip/clip.ts";
import type {ClipConfig} from "../../clip/config.ts";
import {preset as presetOf} from "../../clip/presets.ts";
import {installWebgpuKernels} from "../../kernels/index.ts";
import {registerWebgpu} from "../../tensor/webgpu-device.ts";
import * as tf from "../../tensor/tf.ts";
import {seededRandom} from "../../tensor/random.ts";
import {createAdamW} from "../../train/adamw.ts";
import {createRecordedStep} from "../../train/recorded-step.ts";
import {median, type Row} from "./rows.ts";
import {trainerOf} from "./step.ts";
import {training} from "./training.ts";

const counted = {dispatches: 0, submits: 0, "bind groups": 0, buffers: 0};

/** Rows of one preset: ours against the definitions on stock tfjs. Dawn's objects stay until the process ends. */
export async function countDispatches(preset: string): Promise<Row[]> {
  const {create, globals} = await import("webgpu");
  Object.assign(globalThis, globals);
  const gpu = create(["backend=null"]);
  // tfjs looks there before it starts the backend.
  Object.defineProperty(globalThis, "navigator", {value: {gpu, userAgent: "Node"}, configurable: true});
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
  const javascriptMs = await replayMs();
  const counts: Row[] = (Object.keys(counted) as (keyof typeof counted)[]).map((what) => ({
    what: `${what} a step ${preset}`, backend: "webgpu", unit: "count", ours: ours[what], peer: "tfjs", theirs: theirs[what], ratio: ours[what] / theirs[what]
  }));
  return [...counts, {what: "JavaScript of a replayed step, 6 + 6 layers of 192", backend: "webgpu", unit: "ms", ours: javascriptMs, peer: "allowed", theirs: 3, ratio: javascriptMs / 3}];
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

/** A new model's recorded step, and a batch for it: on the null adapter the numbers do not matter. */
function recordedStep(config: ClipConfig, batchSize: number) {
  const model = createClip(config, {random: seededRandom(training.seed)});
  const {betas, epsilon, weightDecay} = training;
  const optimizer = createAdamW(model.parameters, {betas, epsilon, weightDecay});
  const step = createRecordedStep({parameters: model.parameters, optimizer, loss: ([images, tokens]) => model.loss(images, tokens as tf.Tensor2D, {training: true})});
  if (config.image.kind === "features") throw new Error("a recorded step is counted with its image tower");
  const {sizePx} = config.image;
  const {contextLength} = config.text;
  // Numbers that JavaScript holds, as a batch's are: they are written to the GPU in every step.
  const inputs = [tf.tensor(new Float32Array(batchSize * sizePx * sizePx * 3), [batchSize, sizePx, sizePx, 3]), tf.tensor(new Int32Array(batchSize * contextLength), [batchSize, contextLength], "int32")];
  const dispose = () => [step, optimizer, model, ...inputs].forEach((one) => one.dispose());
  return {step, inputs, dispose};
}

/** Median time in which a replayed step of a larger model is handed to the device, in ms: ours and Dawn's checks of it, without the GPU's work. */
async function replayMs(): Promise<number> {
  const config = presetOf("vit-tiny");
  Object.assign(config.image, {width: 192, layers: 6, heads: 3});
  Object.assign(config.text, {width: 192, layers: 6, heads: 3});
  const {step, inputs, dispose} = recordedStep(config, 8);
  const times: number[] = [];
  for (let i = 0; i < 40; i++) {
    const start = performance.now();
    const taken = step.take(inputs, training.learningRate);
    times.push(performance.now() - start);
    await taken;
    if (i % 4 === 3) await step.read();
  }
  dispose();
  // The first two are taken as they are, and recorded.
  return median(times.slice(2));
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
