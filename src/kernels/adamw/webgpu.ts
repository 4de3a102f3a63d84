/** AdamW in WGSL: three dispatches a parameter, all in place, where the plain definition takes fourteen. */
import * as tf from "../../tensor/tf.ts";
import {runShader, webgpuKernels, type WebgpuBackend} from "../wgsl/program.ts";
import {corrections, type AdamWEntry, type AdamWStep} from "./reference.ts";

const threads = 64;

/** Whether WGSL kernels are installed on the present backend. */
export const canRunOnWebgpu = (): boolean => webgpuKernels() !== undefined;

/** Moves parameters, moments and averages in place; as `adamWReference`. */
export function adamWWebgpu(entries: readonly AdamWEntry[], step: AdamWStep): void {
  const backend = webgpuKernels()!;
  const {betas: [beta1, beta2], epsilon, gradientScale = 1, averageDecay = 0} = step;
  const {rate, root} = corrections(step);
  for (const {parameter, gradient, m, v, average, learningRate, weightDecay} of entries) {
    for (const variable of [parameter, m, v, average]) if (variable) ownData(backend, variable);
    update(backend, "m", m, {g: gradient}, {keep: beta1, factor: gradientScale}, "result[i] = result[i] * uniforms.keep + g[i] * uniforms.factor * (1.0 - uniforms.keep);");
    update(backend, "v", v, {g: gradient}, {keep: beta2, factor: gradientScale}, "let s = g[i] * uniforms.factor; result[i] = result[i] * uniforms.keep + s * s * (1.0 - uniforms.keep);");
    const floats = {rate: learningRate * rate, root, epsilon, kept: 1 - learningRate * weightDecay};
    update(backend, "p", parameter, {m, v}, floats, "result[i] = result[i] * uniforms.kept - uniforms.rate * m[i] / (sqrt(v[i]) * uniforms.root + uniforms.epsilon);");
    if (average) update(backend, "average", average, {p: parameter}, {keep: averageDecay}, "result[i] = result[i] * uniforms.keep + p[i] * (1.0 - uniforms.keep);");
  }
}

function update(backend: WebgpuBackend, name: string, output: tf.Variable, inputs: Record<string, tf.Tensor>, floats: Record<string, number>, statement: string): void {
  runShader(backend, {
    name: `adamw-${name}`, inputs, integers: {count: output.size}, floats, groups: Math.ceil(output.size / threads), threads, shape: output.shape, output,
    body: `  let i = index;\n  if (i < uniforms.count) { ${statement} }`
  });
}

/** A clone shares its numbers until one of them changes: a variable that is shared gets numbers of its own first. */
function ownData(backend: WebgpuBackend, variable: tf.Variable): void {
  if (backend.refCount(variable.dataId) > 1) tf.tidy(() => variable.assign(tf.mul(variable, 1)));
}
