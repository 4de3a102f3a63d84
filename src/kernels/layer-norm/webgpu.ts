/** Layer normalisation in WGSL: a workgroup a row. One dispatch forward; backward one for dx, one for the normalised rows, and tfjs's sums. */
import type * as tf from "../../tensor/tf.ts";
import {registerShader, runShader, type WebgpuBackend} from "../wgsl/program.ts";

const threads = 64;

/** Sums `value` over the workgroup; every thread gets it. */
const head = `
var<workgroup> partial : array<f32, ${threads}>;
fn total(value : f32, thread : i32) -> f32 {
  partial[thread] = value;
  workgroupBarrier();
  for (var half = ${threads / 2}; half > 0; half = half >> 1) {
    if (thread < half) { partial[thread] = partial[thread] + partial[thread + half]; }
    workgroupBarrier();
  }
  let sum = partial[0];
  workgroupBarrier();
  return sum;
}`;

/** Sets `mean` and `scale` of the group's row. */
const measure = `
  let width = uniforms.width;
  let row = group * width;
  var sum = 0.0;
  for (var c = thread; c < width; c = c + ${threads}) { sum = sum + x[row + c]; }
  let mean = total(sum, thread) / f32(width);
  var squares = 0.0;
  for (var c = thread; c < width; c = c + ${threads}) { let centred = x[row + c] - mean; squares = squares + centred * centred; }
  let scale = inverseSqrt(total(squares, thread) / f32(width) + uniforms.epsilon);
  let inside = group < uniforms.rows;`;

export function registerLayerNormWebgpu(): void {
  registerShader("DiagonalLayerNorm", (backend, {x, gain, bias}, {epsilon}: {epsilon: number}) => runShader(backend, {
    ...common("layer-norm", x, epsilon), inputs: {x, gain, bias},
    body: `${measure}
  if (inside) { for (var c = thread; c < width; c = c + ${threads}) { result[row + c] = (x[row + c] - mean) * scale * gain[c] + bias[c]; } }`
  }));

  registerShader("DiagonalLayerNormGradient", (backend, {x, gain, dy}, {epsilon}: {epsilon: number}) => {
    const dx = runShader(backend, {
      ...common("layer-norm-gradient", x, epsilon), inputs: {x, gain, dy},
      body: `${measure}
  var pulls = 0.0;
  var turns = 0.0;
  for (var c = thread; c < width; c = c + ${threads}) {
    let pull = dy[row + c] * gain[c];
    pulls = pulls + pull;
    turns = turns + pull * (x[row + c] - mean) * scale;
  }
  let pullMean = total(pulls, thread) / f32(width);
  let turnMean = total(turns, thread) / f32(width);
  if (inside) {
    for (var c = thread; c < width; c = c + ${threads}) {
      result[row + c] = scale * (dy[row + c] * gain[c] - pullMean - (x[row + c] - mean) * scale * turnMean);
    }
  }`
    });
    const turned = runShader(backend, {
      ...common("layer-norm-turned", x, epsilon), inputs: {x, dy},
      body: `${measure}
  if (inside) { for (var c = thread; c < width; c = c + ${threads}) { result[row + c] = dy[row + c] * (x[row + c] - mean) * scale; } }`
    });
    const gradients = [turned, dy].map((info) => sumRows(backend, info, gain.shape[0]));
    (backend as unknown as tf.KernelBackend).disposeData(turned.dataId);
    return [dx, ...gradients];
  });
}

function common(name: string, x: tf.TensorInfo, epsilon: number) {
  const width = x.shape[x.shape.length - 1];
  const rows = x.shape.reduce((a, b) => a * b, 1) / width;
  return {name, integers: {width, rows}, floats: {epsilon}, groups: rows, threads, shape: x.shape, head};
}

/** Sums [..., width] over all but the last axis, each thread a column: [width]. */
function sumRows(backend: WebgpuBackend, x: tf.TensorInfo, width: number): tf.TensorInfo {
  const rows = x.shape.reduce((a, b) => a * b, 1) / width;
  return runShader(backend, {
    name: "sum-rows", inputs: {x}, integers: {width, rows}, groups: width, threads, shape: [width], head,
    body: `
  let column = min(group, uniforms.width - 1);
  var sum = 0.0;
  for (var r = thread; r < uniforms.rows; r = r + ${threads}) { sum = sum + x[r * uniforms.width + column]; }
  let all = total(sum, thread);
  if (thread == 0 && group < uniforms.width) { result[group] = all; }`
  });
}
