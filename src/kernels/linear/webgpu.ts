/** The linear layer's kernels for the WebGPU backend: DiagonalProduct and DiagonalBeforeActivation. */
import {gradientOutput, output, registerShader, runShader, sizeOf} from "../wgsl/program.ts";
import {gemm} from "./gemm-wgsl.ts";
import type {ProductAttributes} from "./native.ts";

const threads = 64;

export function registerLinearWebgpu(): void {
  registerShader("DiagonalProduct", (backend, {a, b, bias, residual, factor, gradientOf, sumsOf}, {m, n, k, aAcross, bAcross, shape, activation, keepSlope, keepSums}: ProductAttributes) => {
    const c = gradientOutput(backend, gradientOf, shape);
    const slope = keepSlope ? output(backend, shape) : undefined;
    const sums = keepSums ? gradientOutput(backend, sumsOf, [m]) : undefined;
    gemm(backend, {m, n, k, a, b, c, aAcross, bAcross, bias, residual, slope, activation, factor, sums});
    return [c, slope, sums].filter((one) => one !== undefined);
  });

  registerShader("DiagonalBeforeActivation", (backend, {dy, slope}) => {
    const dz = output(backend, dy.shape);
    const count = sizeOf(dy.shape);
    runShader(backend, {
      name: "beforeActivation", reads: {dy, slope}, writes: {dz}, integers: {count}, groups: Math.ceil(count / threads), threads,
      body: () => `
  let i = group * ${threads} + thread;
  if (i < uniforms.count) { dz[i] = dy[i] * slope[i]; }`
    });
    return dz;
  });
}
