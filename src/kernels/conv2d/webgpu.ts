/** Convolution's kernels for the WebGPU backend. Rows have the weight's own order (channel, row, column), so that no weight is transposed. */
import {output, registerShader, runShader, sizeOf} from "../wgsl/program.ts";
import type {WindowAttributes} from "./native.ts";

const threads = 64;

export function registerConv2dWebgpu(): void {
  registerShader("DiagonalUnroll", (backend, {x}, attributes: WindowAttributes) => {
    const {shape: [n, height, width, channels], kernelHeight, kernelWidth, stride, padding, down, across} = attributes;
    const rows = output(backend, [n * down * across, channels * kernelHeight * kernelWidth]);
    const count = sizeOf(rows.shape);
    runShader(backend, {
      name: "unroll", reads: {x}, writes: {rows}, integers: {height, width, channels, kernelHeight, kernelWidth, stride, padding, down, across, count}, groups: Math.ceil(count / threads), threads,
      body: () => `
  let i = group * ${threads} + thread;
  if (i < uniforms.count) {
    let window = uniforms.kernelHeight * uniforms.kernelWidth;
    let column = i % (uniforms.channels * window);
    let at = i / (uniforms.channels * window);
    let channel = column / window;
    let y = (at / uniforms.across) % uniforms.down * uniforms.stride - uniforms.padding + column % window / uniforms.kernelWidth;
    let column0 = at % uniforms.across * uniforms.stride - uniforms.padding + column % uniforms.kernelWidth;
    let example = at / (uniforms.across * uniforms.down);
    let inside = y >= 0 && y < uniforms.height && column0 >= 0 && column0 < uniforms.width;
    var value = 0.0;
    if (inside) { value = x[((example * uniforms.height + y) * uniforms.width + column0) * uniforms.channels + channel]; }
    rows[i] = value;
  }`
    });
    return rows;
  });

  /** Each number of the image gathers what the windows over it hold for it. */
  registerShader("DiagonalRollUp", (backend, {rows}, attributes: WindowAttributes) => {
    const {shape, kernelHeight, kernelWidth, stride, padding, down, across} = attributes;
    const [, height, width, channels] = shape;
    const x = output(backend, shape);
    const count = sizeOf(shape);
    runShader(backend, {
      name: "rollUp", reads: {rows}, writes: {x}, integers: {height, width, channels, kernelHeight, kernelWidth, stride, padding, down, across, count}, groups: Math.ceil(count / threads), threads,
      body: () => `
  let i = group * ${threads} + thread;
  if (i < uniforms.count) {
    let channel = i % uniforms.channels;
    let column = i / uniforms.channels % uniforms.width + uniforms.padding;
    let row = i / (uniforms.channels * uniforms.width) % uniforms.height + uniforms.padding;
    let example = i / (uniforms.channels * uniforms.width * uniforms.height);
    var sum = 0.0;
    for (var y = row % uniforms.stride; y < uniforms.kernelHeight; y += uniforms.stride) {
      let downAt = (row - y) / uniforms.stride;
      if (row < y || downAt >= uniforms.down) { continue; }
      for (var z = column % uniforms.stride; z < uniforms.kernelWidth; z += uniforms.stride) {
        let acrossAt = (column - z) / uniforms.stride;
        if (column < z || acrossAt >= uniforms.across) { continue; }
        sum += rows[((example * uniforms.down + downAt) * uniforms.across + acrossAt) * uniforms.channels * uniforms.kernelHeight * uniforms.kernelWidth + (channel * uniforms.kernelHeight + y) * uniforms.kernelWidth + z];
      }
    }
    x[i] = sum;
  }`
    });
    return x;
  });
}
