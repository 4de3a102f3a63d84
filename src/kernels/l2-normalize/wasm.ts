// L2 normalisation's jobs, by rows. AssemblyScript, not TypeScript.
import {part, partBegin, parts} from "../assembly/threads.as";
import {madd, sum4} from "../assembly/vector.as";

function dot(a: usize, b: usize, width: i32): f32 {
  let sums = f32x4.splat(0);
  let j = 0;
  for (; j + 4 <= width; j += 4) sums = madd(v128.load(a + (<usize>j << 2)), v128.load(b + (<usize>j << 2)), sums);
  let sum = sum4(sums);
  for (; j < width; j++) sum += load<f32>(a + (<usize>j << 2)) * load<f32>(b + (<usize>j << 2));
  return sum;
}

/** Arguments: rows, width, x, y, epsilon. */
export function l2Normalize(args: usize): void {
  const rows = load<i32>(args);
  const width = load<i32>(args, 4);
  const end = partBegin(rows, part + 1, parts);
  for (let i = partBegin(rows, part, parts); i < end; i++) {
    const x = load<usize>(args, 8) + (<usize>(i * width) << 2);
    const y = load<usize>(args, 12) + (<usize>(i * width) << 2);
    const factor: f32 = 1 / max(sqrt<f32>(dot(x, x, width)), load<f32>(args, 16));
    for (let j = 0; j < width; j++) store<f32>(y + (<usize>j << 2), load<f32>(x + (<usize>j << 2)) * factor);
  }
}

/** dx = (dy - u (u dy)) / |x| with u = x / |x|; dy / epsilon where |x| is below it. Arguments: rows, width, x, dy, dx, epsilon. */
export function l2NormalizeGradient(args: usize): void {
  const rows = load<i32>(args);
  const width = load<i32>(args, 4);
  const epsilon = load<f32>(args, 20);
  const end = partBegin(rows, part + 1, parts);
  for (let i = partBegin(rows, part, parts); i < end; i++) {
    const row = <usize>(i * width) << 2;
    const x = load<usize>(args, 8) + row;
    const dy = load<usize>(args, 12) + row;
    const dx = load<usize>(args, 16) + row;
    const length = sqrt<f32>(dot(x, x, width));
    const factor: f32 = 1 / max(length, epsilon);
    const along: f32 = length > epsilon ? dot(x, dy, width) * factor * factor : 0;
    for (let j = 0; j < width; j++) {
      const at = <usize>j << 2;
      store<f32>(dx + at, (load<f32>(dy + at) - load<f32>(x + at) * along) * factor);
    }
  }
}
