// Batch normalisation's jobs, by rows; sums in float64, as PyTorch's. AssemblyScript, not TypeScript.
import {part, partBegin, parts} from "../assembly/threads.as";

/** Rows whose channels are summed four at a time before the next rows: few enough to stay in the cache. */
const BLOCK: i32 = 32;

// @ts-ignore: decorator
@inline
function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

// @ts-ignore: decorator
@inline
function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3));
}

/** Adds two floats of float64 to those at an address. */
// @ts-ignore: decorator
@inline
function addAt(at: usize, x: v128): void {
  v128.store(at, f64x2.add(v128.load(at), x));
}

/** Each part's sums over its rows of x less the first row of all, and of its squares. Arguments: rows, channels, x, sums [parts, 2, channels] in float64. */
export function batchSums(args: usize): void {
  const rows = load<i32>(args);
  const channels = load<i32>(args, 4);
  const first = load<usize>(args, 8);
  const bytes = <usize>channels << 2;
  const sums = load<usize>(args, 12) + <usize>part * bytes * 4;
  const squares = sums + bytes * 2;
  memory.fill(sums, 0, bytes * 4);
  const end = partBegin(rows, part + 1, parts);
  for (let begin = partBegin(rows, part, parts); begin < end; begin += BLOCK) {
    const stop = min(begin + BLOCK, end);
    let j = 0;
    for (; j + 4 <= channels; j += 4) {
      const at = <usize>j << 2;
      const shift = v128.load(first + at);
      let sumLow = f64x2.splat(0), sumHigh = f64x2.splat(0), squareLow = f64x2.splat(0), squareHigh = f64x2.splat(0);
      for (let i = begin; i < stop; i++) {
        const x = v128.load(first + <usize>i * bytes + at);
        const xLow = f64x2.sub(low(x), low(shift));
        const xHigh = f64x2.sub(high(x), high(shift));
        sumLow = f64x2.add(sumLow, xLow);
        sumHigh = f64x2.add(sumHigh, xHigh);
        squareLow = f64x2.add(squareLow, f64x2.mul(xLow, xLow));
        squareHigh = f64x2.add(squareHigh, f64x2.mul(xHigh, xHigh));
      }
      addAt(sums + at * 2, sumLow);
      addAt(sums + at * 2 + 16, sumHigh);
      addAt(squares + at * 2, squareLow);
      addAt(squares + at * 2 + 16, squareHigh);
    }
    for (; j < channels; j++) {
      const at = <usize>j << 2;
      const shift = <f64>load<f32>(first + at);
      let sum: f64 = 0, square: f64 = 0;
      for (let i = begin; i < stop; i++) {
        const x = <f64>load<f32>(first + <usize>i * bytes + at) - shift;
        sum += x;
        square += x * x;
      }
      store<f64>(sums + at * 2, load<f64>(sums + at * 2) + sum);
      store<f64>(squares + at * 2, load<f64>(squares + at * 2) + square);
    }
  }
}

/** The output before the ReLU: by this alone, so that the gradient finds the same numbers on the same side of zero. */
// @ts-ignore: decorator
@inline
function normal4(centred: v128, scale: v128, bias: v128): v128 {
  return f32x4.add(f32x4.mul(centred, scale), bias);
}

/** Arguments: rows, channels, x, mean, scale, bias, y, relu. */
export function batchNorm(args: usize): void {
  const rows = load<i32>(args);
  const channels = load<i32>(args, 4);
  const mean = load<usize>(args, 12);
  const scale = load<usize>(args, 16);
  const bias = load<usize>(args, 20);
  const bytes = <usize>channels << 2;
  const floor: f32 = load<i32>(args, 28) ? 0 : -Infinity;
  const end = partBegin(rows, part + 1, parts);
  for (let i = partBegin(rows, part, parts); i < end; i++) {
    const x = load<usize>(args, 8) + <usize>i * bytes;
    const y = load<usize>(args, 24) + <usize>i * bytes;
    let at: usize = 0;
    for (; at + 16 <= bytes; at += 16) {
      const value = normal4(f32x4.sub(v128.load(x + at), v128.load(mean + at)), v128.load(scale + at), v128.load(bias + at));
      v128.store(y + at, f32x4.max(value, f32x4.splat(floor)));
    }
    for (; at < bytes; at += 4) store<f32>(y + at, max((load<f32>(x + at) - load<f32>(mean + at)) * load<f32>(scale + at) + load<f32>(bias + at), floor));
  }
}

/** dy where the ReLU, if any, let the output through, else 0. */
// @ts-ignore: decorator
@inline
function through4(dy: v128, centred: v128, scale: v128, bias: v128, relu: bool): v128 {
  return relu ? v128.and(dy, f32x4.gt(normal4(centred, scale, bias), f32x4.splat(0))) : dy;
}

// @ts-ignore: decorator
@inline
function through(dy: f32, centred: f32, scale: f32, bias: f32, relu: bool): f32 {
  return relu && !(centred * scale + bias > 0) ? 0 : dy;
}

/** Each part's sums over its rows of dy, and of dy (x - mean). Arguments: rows, channels, x, mean, scale, bias, dy, relu, sums [parts, 2, channels] in float64. */
export function batchNormSums(args: usize): void {
  const rows = load<i32>(args);
  const channels = load<i32>(args, 4);
  const x = load<usize>(args, 8);
  const dy = load<usize>(args, 24);
  const relu = load<i32>(args, 28) != 0;
  const bytes = <usize>channels << 2;
  const sums = load<usize>(args, 32) + <usize>part * bytes * 4;
  const turns = sums + bytes * 2;
  memory.fill(sums, 0, bytes * 4);
  const end = partBegin(rows, part + 1, parts);
  for (let begin = partBegin(rows, part, parts); begin < end; begin += BLOCK) {
    const stop = min(begin + BLOCK, end);
    let at: usize = 0;
    for (; at + 16 <= bytes; at += 16) {
      const mean = v128.load(load<usize>(args, 12) + at);
      const scale = v128.load(load<usize>(args, 16) + at);
      const bias = v128.load(load<usize>(args, 20) + at);
      let sumLow = f64x2.splat(0), sumHigh = f64x2.splat(0), turnLow = f64x2.splat(0), turnHigh = f64x2.splat(0);
      for (let i = begin; i < stop; i++) {
        const value = v128.load(x + <usize>i * bytes + at);
        const d = through4(v128.load(dy + <usize>i * bytes + at), f32x4.sub(value, mean), scale, bias, relu);
        const dLow = low(d);
        const dHigh = high(d);
        sumLow = f64x2.add(sumLow, dLow);
        sumHigh = f64x2.add(sumHigh, dHigh);
        turnLow = f64x2.add(turnLow, f64x2.mul(dLow, f64x2.sub(low(value), low(mean))));
        turnHigh = f64x2.add(turnHigh, f64x2.mul(dHigh, f64x2.sub(high(value), high(mean))));
      }
      addAt(sums + at * 2, sumLow);
      addAt(sums + at * 2 + 16, sumHigh);
      addAt(turns + at * 2, turnLow);
      addAt(turns + at * 2 + 16, turnHigh);
    }
    for (; at < bytes; at += 4) {
      const mean = load<f32>(load<usize>(args, 12) + at);
      const scale = load<f32>(load<usize>(args, 16) + at);
      const bias = load<f32>(load<usize>(args, 20) + at);
      let sum: f64 = 0, turn: f64 = 0;
      for (let i = begin; i < stop; i++) {
        const value = load<f32>(x + <usize>i * bytes + at);
        const d = <f64>through(load<f32>(dy + <usize>i * bytes + at), value - mean, scale, bias, relu);
        sum += d;
        turn += d * (<f64>value - <f64>mean);
      }
      store<f64>(sums + at * 2, load<f64>(sums + at * 2) + sum);
      store<f64>(turns + at * 2, load<f64>(turns + at * 2) + turn);
    }
  }
}

/** dx = scale (dy - first - second (x - mean)). Arguments: rows, channels, x, mean, scale, bias, dy, relu, first and second [2, channels], dx. */
export function batchNormGradient(args: usize): void {
  const rows = load<i32>(args);
  const channels = load<i32>(args, 4);
  const mean = load<usize>(args, 12);
  const scale = load<usize>(args, 16);
  const bias = load<usize>(args, 20);
  const relu = load<i32>(args, 28) != 0;
  const bytes = <usize>channels << 2;
  const first = load<usize>(args, 32);
  const second = first + bytes;
  const end = partBegin(rows, part + 1, parts);
  for (let i = partBegin(rows, part, parts); i < end; i++) {
    const x = load<usize>(args, 8) + <usize>i * bytes;
    const dy = load<usize>(args, 24) + <usize>i * bytes;
    const dx = load<usize>(args, 36) + <usize>i * bytes;
    let at: usize = 0;
    for (; at + 16 <= bytes; at += 16) {
      const centred = f32x4.sub(v128.load(x + at), v128.load(mean + at));
      const factor = v128.load(scale + at);
      const d = through4(v128.load(dy + at), centred, factor, v128.load(bias + at), relu);
      const pull = f32x4.sub(f32x4.sub(d, v128.load(first + at)), f32x4.mul(centred, v128.load(second + at)));
      v128.store(dx + at, f32x4.mul(factor, pull));
    }
    for (; at < bytes; at += 4) {
      const centred = load<f32>(x + at) - load<f32>(mean + at);
      const factor = load<f32>(scale + at);
      const d = through(load<f32>(dy + at), centred, factor, load<f32>(bias + at), relu);
      store<f32>(dx + at, factor * (d - load<f32>(first + at) - centred * load<f32>(second + at)));
    }
  }
}
