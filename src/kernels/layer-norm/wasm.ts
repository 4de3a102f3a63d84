// Layer normalisation's jobs, by rows. AssemblyScript, not TypeScript.
import {part, partBegin, parts} from "../assembly/threads.as";
import {madd, sum4} from "../assembly/vector.as";

let mean: f32 = 0;
let scale: f32 = 0;

/** Sets mean and 1 / sqrt(variance + epsilon) of one row. */
function measure(x: usize, width: i32, epsilon: f32): void {
  let sums = f32x4.splat(0);
  let j = 0;
  for (; j + 4 <= width; j += 4) sums = f32x4.add(sums, v128.load(x + (<usize>j << 2)));
  let sum = sum4(sums);
  for (; j < width; j++) sum += load<f32>(x + (<usize>j << 2));
  mean = sum / <f32>width;
  const middle = f32x4.splat(mean);
  let squares = f32x4.splat(0);
  for (j = 0; j + 4 <= width; j += 4) {
    const centred = f32x4.sub(v128.load(x + (<usize>j << 2)), middle);
    squares = madd(centred, centred, squares);
  }
  let square = sum4(squares);
  for (; j < width; j++) {
    const centred = load<f32>(x + (<usize>j << 2)) - mean;
    square += centred * centred;
  }
  scale = 1 / sqrt<f32>(square / <f32>width + epsilon);
}

/** Arguments: rows, width, x, gain, bias, y, epsilon. */
export function layerNorm(args: usize): void {
  const rows = load<i32>(args);
  const width = load<i32>(args, 4);
  const gain = load<usize>(args, 12);
  const bias = load<usize>(args, 16);
  const epsilon = load<f32>(args, 24);
  const end = partBegin(rows, part + 1, parts);
  for (let i = partBegin(rows, part, parts); i < end; i++) {
    const x = load<usize>(args, 8) + (<usize>(i * width) << 2);
    const y = load<usize>(args, 20) + (<usize>(i * width) << 2);
    measure(x, width, epsilon);
    const middle = f32x4.splat(mean);
    const factor = f32x4.splat(scale);
    let j = 0;
    for (; j + 4 <= width; j += 4) {
      const at = <usize>j << 2;
      const normal = f32x4.mul(f32x4.sub(v128.load(x + at), middle), factor);
      v128.store(y + at, madd(normal, v128.load(gain + at), v128.load(bias + at)));
    }
    for (; j < width; j++) {
      const at = <usize>j << 2;
      store<f32>(y + at, (load<f32>(x + at) - mean) * scale * load<f32>(gain + at) + load<f32>(bias + at));
    }
  }
}

/**
 * dx = scale * (g dy - mean(g dy) - normal * mean(g dy normal)), and each part's sums over its rows of dy * normal and
 * of dy. Arguments: rows, width, x, gain, dy, dx, gain sums [parts, width], bias sums [parts, width], epsilon.
 */
export function layerNormGradient(args: usize): void {
  const rows = load<i32>(args);
  const width = load<i32>(args, 4);
  const gain = load<usize>(args, 12);
  const epsilon = load<f32>(args, 32);
  const bytes = <usize>width << 2;
  const gainSum = load<usize>(args, 24) + <usize>part * bytes;
  const biasSum = load<usize>(args, 28) + <usize>part * bytes;
  memory.fill(gainSum, 0, bytes);
  memory.fill(biasSum, 0, bytes);
  const end = partBegin(rows, part + 1, parts);
  for (let i = partBegin(rows, part, parts); i < end; i++) {
    const row = <usize>i * bytes;
    rowGradient(width, load<usize>(args, 8) + row, gain, load<usize>(args, 16) + row, load<usize>(args, 20) + row, gainSum, biasSum, epsilon);
  }
}

function rowGradient(width: i32, x: usize, gain: usize, dy: usize, dx: usize, gainSum: usize, biasSum: usize, epsilon: f32): void {
  measure(x, width, epsilon);
  const middle = f32x4.splat(mean);
  const factor = f32x4.splat(scale);
  let pulls = f32x4.splat(0);
  let turns = f32x4.splat(0);
  let j = 0;
  for (; j + 4 <= width; j += 4) {
    const at = <usize>j << 2;
    const normal = f32x4.mul(f32x4.sub(v128.load(x + at), middle), factor);
    const d = v128.load(dy + at);
    const pull = f32x4.mul(d, v128.load(gain + at));
    pulls = f32x4.add(pulls, pull);
    turns = madd(pull, normal, turns);
    v128.store(gainSum + at, madd(d, normal, v128.load(gainSum + at)));
    v128.store(biasSum + at, f32x4.add(d, v128.load(biasSum + at)));
  }
  let pullMean = sum4(pulls);
  let turnMean = sum4(turns);
  const tail = j;
  for (; j < width; j++) {
    const at = <usize>j << 2;
    const normal = (load<f32>(x + at) - mean) * scale;
    const d = load<f32>(dy + at);
    pullMean += d * load<f32>(gain + at);
    turnMean += d * load<f32>(gain + at) * normal;
    store<f32>(gainSum + at, load<f32>(gainSum + at) + d * normal);
    store<f32>(biasSum + at, load<f32>(biasSum + at) + d);
  }
  pullMean /= <f32>width;
  turnMean /= <f32>width;
  for (j = 0; j < tail; j += 4) {
    const at = <usize>j << 2;
    const normal = f32x4.mul(f32x4.sub(v128.load(x + at), middle), factor);
    const pull = f32x4.mul(v128.load(dy + at), v128.load(gain + at));
    v128.store(dx + at, f32x4.mul(factor, f32x4.sub(f32x4.sub(pull, f32x4.splat(pullMean)), f32x4.mul(normal, f32x4.splat(turnMean)))));
  }
  for (; j < width; j++) {
    const at = <usize>j << 2;
    const normal = (load<f32>(x + at) - mean) * scale;
    store<f32>(dx + at, scale * (load<f32>(dy + at) * load<f32>(gain + at) - pullMean - normal * turnMean));
  }
}
