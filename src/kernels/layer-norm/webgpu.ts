/** Layer normalisation in WGSL: a workgroup a row forward; backward a workgroup a block of rows, whose sums for gain and bias a second pass adds. */
import type * as tf from "../../tensor/tf.ts";
import {discard, gradientOutput, output, registerShader, rowsOf, runShader, sizeOf, totalOf, type WebgpuBackend} from "../wgsl/program.ts";

const threads = 64;
/** Workgroups of the gradient at most: more than a large adapter can run at once, few enough for the second pass. */
const mostBlocks = 256;

/** Sets `mean` and `scale` of the row that begins at `start`. */
const measure = `
    var sum = 0.0;
    for (var c = thread; c < width; c += ${threads}) { sum += x[start + c]; }
    let mean = total(sum, thread) / f32(width);
    var squares = 0.0;
    for (var c = thread; c < width; c += ${threads}) { let centred = x[start + c] - mean; squares += centred * centred; }
    let scale = inverseSqrt(total(squares, thread) / f32(width) + uniforms.epsilon);`;

export function registerLayerNormWebgpu(): void {
  registerShader("DiagonalLayerNorm", (backend, {x, gain, bias}, {epsilon}: {epsilon: number}) => {
    const [rows, width] = rowsOf(x.shape);
    const y = output(backend, x.shape);
    runShader(backend, {
      name: "layerNorm", reads: {x, gain, bias}, writes: {y}, integers: {rows, width}, floats: {epsilon}, groups: rows, threads, head: () => totalOf(threads),
      body: () => `
    let width = uniforms.width;
    let start = min(group, uniforms.rows - 1) * width;${measure}
    if (group < uniforms.rows) { for (var c = thread; c < width; c += ${threads}) { y[start + c] = (x[start + c] - mean) * scale * gain[c] + bias[c]; } }`
    });
    return y;
  });

  registerShader("DiagonalLayerNormGradient", (backend, {x, gain, bias, dy, kept}, {epsilon}: {epsilon: number}) => {
    const [rows, width] = rowsOf(x.shape);
    const each = Math.ceil(rows / mostBlocks);
    const blocks = Math.ceil(rows / each);
    const dx = output(backend, x.shape);
    const sums = output(backend, [blocks, 2, width]);
    runShader(backend, {
      name: `layerNormGradient${kept ? " kept" : ""}`, reads: {x, gain, dy, ...(kept && {kept})}, writes: {dx, sums}, integers: {rows, width, each}, floats: {epsilon}, groups: blocks, threads, head: () => totalOf(threads),
      // Each thread has columns of its own, so it may add to their sums row after row.
      body: () => `
  let width = uniforms.width;
  let sumStart = group * 2 * width;
  for (var i = 0; i < uniforms.each; i++) {
    let inside = group * uniforms.each + i < uniforms.rows;
    let start = min(group * uniforms.each + i, uniforms.rows - 1) * width;${measure}
    var pulls = 0.0;
    var turns = 0.0;
    for (var c = thread; c < width; c += ${threads}) {
      let pull = dy[start + c] * gain[c];
      pulls += pull;
      turns += pull * (x[start + c] - mean) * scale;
    }
    let pullMean = total(pulls, thread) / f32(width);
    let turnMean = total(turns, thread) / f32(width);
    if (inside) {
      for (var c = thread; c < width; c += ${threads}) {
        let slope = dy[start + c];
        let normal = (x[start + c] - mean) * scale;
        dx[start + c] = scale * (slope * gain[c] - pullMean - normal * turnMean)${kept ? " + kept[start + c]" : ""};
        if (i == 0) { sums[sumStart + c] = slope * normal; sums[sumStart + width + c] = slope; }
        else { sums[sumStart + c] += slope * normal; sums[sumStart + width + c] += slope; }
      }
    }
  }`
    });
    const [gainGradient, biasGradient] = [gradientOutput(backend, gain, gain.shape), gradientOutput(backend, bias, gain.shape)];
    addBlocks(backend, sums, [gainGradient, biasGradient]);
    discard(backend, sums);
    return [dx, gainGradient, biasGradient];
  });
}

/** Sums [blocks, 2, width] over blocks, into two rows. */
function addBlocks(backend: WebgpuBackend, sums: tf.TensorInfo, [first, second]: tf.TensorInfo[]): void {
  const width = sums.shape[2];
  const count = sizeOf(first.shape) * 2;
  // 16 columns a workgroup, 4 threads a column.
  runShader(backend, {
    name: "layerNormSums", reads: {sums}, writes: {first, second}, integers: {width, count, blocks: sums.shape[0]}, groups: Math.ceil(count / 16), threads,
    head: () => `var<workgroup> parts : array<f32, ${threads}>;`,
    body: () => `
  let column = group * 16 + thread % 16;
  var sum = 0.0;
  if (column < uniforms.count) { for (var i = thread / 16; i < uniforms.blocks; i += 4) { sum += sums[i * uniforms.count + column]; } }
  parts[thread] = sum;
  workgroupBarrier();
  if (thread < 16 && column < uniforms.count) {
    let all = parts[thread] + parts[thread + 16] + (parts[thread + 32] + parts[thread + 48]);
    if (column < uniforms.width) { first[column] = all; } else { second[column - uniforms.width] = all; }
  }`
  });
}
