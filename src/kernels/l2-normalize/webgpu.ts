/** L2 normalisation in WGSL: a workgroup a row, forward and backward. */
import {output, registerShader, rowsOf, runShader, totalOf} from "../wgsl/program.ts";

const threads = 64;

export function registerL2NormalizeWebgpu(): void {
  registerShader("DiagonalL2Normalize", (backend, {x}, {epsilon}: {epsilon: number}) => {
    const [rows, width] = rowsOf(x.shape);
    const y = output(backend, x.shape);
    runShader(backend, {
      name: "l2Normalize", reads: {x}, writes: {y}, integers: {rows, width}, floats: {epsilon}, groups: rows, threads, head: () => totalOf(threads),
      body: () => `
  let start = min(group, uniforms.rows - 1) * uniforms.width;
  var squares = 0.0;
  for (var c = thread; c < uniforms.width; c += ${threads}) { squares += x[start + c] * x[start + c]; }
  let factor = 1.0 / max(sqrt(total(squares, thread)), uniforms.epsilon);
  if (group < uniforms.rows) { for (var c = thread; c < uniforms.width; c += ${threads}) { y[start + c] = x[start + c] * factor; } }`
    });
    return y;
  });

  /** dx = (dy - u (u dy)) / |x| with u = x / |x|; dy / epsilon where |x| is below it. */
  registerShader("DiagonalL2NormalizeGradient", (backend, {x, dy}, {epsilon}: {epsilon: number}) => {
    const [rows, width] = rowsOf(x.shape);
    const dx = output(backend, x.shape);
    runShader(backend, {
      name: "l2NormalizeGradient", reads: {x, dy}, writes: {dx}, integers: {rows, width}, floats: {epsilon}, groups: rows, threads, head: () => totalOf(threads),
      body: () => `
  let start = min(group, uniforms.rows - 1) * uniforms.width;
  var squares = 0.0;
  var pulls = 0.0;
  for (var c = thread; c < uniforms.width; c += ${threads}) { squares += x[start + c] * x[start + c]; pulls += x[start + c] * dy[start + c]; }
  let length = sqrt(total(squares, thread));
  let factor = 1.0 / max(length, uniforms.epsilon);
  let along = select(0.0, total(pulls, thread) * factor * factor, length > uniforms.epsilon);
  if (group < uniforms.rows) { for (var c = thread; c < uniforms.width; c += ${threads}) { dx[start + c] = (dy[start + c] - x[start + c] * along) * factor; } }`
    });
    return dx;
  });
}
