/**
 * Prints the median time, in ms, in which a replayed step of a 6+6-layer, 192-wide model is handed to the device: our JavaScript and Dawn's checks
 * of it, without the GPU's work. A program of its own, for the bench's own heap would be collected in between.
 */
import {preset as presetOf} from "../../clip/presets.ts";
import {installWebgpuKernels} from "../../kernels/index.ts";
import * as tf from "../../tensor/tf.ts";
import {registerWebgpu} from "../../tensor/webgpu-device.ts";
import {nullGpu, recordedStep} from "./recorded-step.ts";
import {median} from "./rows.ts";
import {training} from "./training.ts";

await registerWebgpu((await (await nullGpu()).requestAdapter())!);
await tf.setBackend("webgpu");
installWebgpuKernels();
const config = presetOf("vit-tiny");
Object.assign(config.image, {width: 192, layers: 6, heads: 3});
Object.assign(config.text, {width: 192, layers: 6, heads: 3});
const {step, inputs} = recordedStep(config, 8);
const times: number[] = [];
for (let i = 0; i < 100; i++) {
  const start = performance.now();
  const taken = step.take(inputs, training.learningRate);
  times.push(performance.now() - start);
  await taken;
  if (i % 4 === 3) await step.read();
}
// The first two are taken as they are, and recorded.
console.log(median(times.slice(2)));
// Dawn would keep the process alive.
process.exit(0);
