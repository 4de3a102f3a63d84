/** Dropout in WGSL: a thread a number, which hashes its place. */
import {output, registerShader, runShader, sizeOf} from "../wgsl/program.ts";

const threads = 64;

export function registerDropoutWebgpu(): void {
  registerShader("DiagonalDropout", (backend, {x, key}, {rate, site}: {rate: number; site: number}) => {
    const y = output(backend, x.shape);
    const count = sizeOf(x.shape);
    runShader(backend, {
      name: "dropout", reads: {x, key}, writes: {y}, integers: {count, site}, floats: {rate}, groups: Math.ceil(count / threads), threads,
      head: () => `
fn mixed(start : vec4<u32>) -> vec4<u32> {
  var v = start;
  v.x += v.y * v.w;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v.w += v.y * v.z;
  return v;
}`,
      body: () => `
  let i = group * ${threads} + thread;
  if (i < uniforms.count) {
    let v = mixed(vec4<u32>(u32(i), u32(uniforms.site), u32(key[0]), u32(key[1])) * 1664525u + 1013904223u);
    let share = f32(mixed(v ^ (v >> vec4<u32>(16u))).x >> 8u) / 16777216.0;
    y[i] = select(x[i] / (1.0 - uniforms.rate), 0.0, share < uniforms.rate);
  }`
    });
    return y;
  });
}
