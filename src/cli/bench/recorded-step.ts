/** A recorded training step on Dawn's null adapter, which validates everything and computes nothing. */
import {createClip} from "../../clip/clip.ts";
import type {ClipConfig} from "../../clip/config.ts";
import * as tf from "../../tensor/tf.ts";
import {seededRandom} from "../../tensor/random.ts";
import {createAdamW} from "../../train/adamw.ts";
import {createRecordedStep} from "../../train/recorded-step.ts";
import {training} from "./training.ts";

/** The GPU interface of the null adapter, also as the process's `navigator.gpu`: tfjs looks there before it starts the backend. */
export async function nullGpu(): Promise<GPU> {
  const {create, globals} = await import("webgpu");
  Object.assign(globalThis, globals);
  const gpu = create(["backend=null"]);
  Object.defineProperty(globalThis, "navigator", {value: {gpu, userAgent: "Node"}, configurable: true});
  return gpu;
}

/** A new model's recorded step, and a batch for it: on the null adapter the numbers do not matter. */
export function recordedStep(config: ClipConfig, batchSize: number) {
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
