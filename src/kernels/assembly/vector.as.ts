// Four floats at a time: fused multiply-add where it exists, exp and erf. AssemblyScript, not TypeScript.

/** a * b + c; one rounding in the relaxed build, two in the plain one. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<f32>(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** c - a * b */
// @ts-ignore: decorator
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_nmadd<f32>(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

/** exp of four floats, to about 1e-7 relative: Cephes' expf. Below -87.3 it gives the smallest normal float, near enough to 0. */
// @ts-ignore: decorator
@inline
export function exp4(value: v128): v128 {
  const x = f32x4.pmin(f32x4.pmax(value, f32x4.splat(-87.33)), f32x4.splat(88.37));
  // Adding 1.5 * 2^23 rounds to a whole number, whose bits are then at the low end.
  const shifted = madd(x, f32x4.splat(1.44269504), f32x4.splat(12582912));
  const n = f32x4.sub(shifted, f32x4.splat(12582912));
  let r = nmadd(n, f32x4.splat(0.693359375), x);
  r = nmadd(n, f32x4.splat(-2.12194440e-4), r);
  let y = f32x4.splat(1.9875691500e-4);
  y = madd(y, r, f32x4.splat(1.3981999507e-3));
  y = madd(y, r, f32x4.splat(8.3334519073e-3));
  y = madd(y, r, f32x4.splat(4.1665795894e-2));
  y = madd(y, r, f32x4.splat(1.6666665459e-1));
  y = madd(y, r, f32x4.splat(5.0000001201e-1));
  y = f32x4.add(madd(y, f32x4.mul(r, r), r), f32x4.splat(1));
  const power = i32x4.add(i32x4.shl(shifted, 23), i32x4.splat(127 << 23));
  return f32x4.mul(y, power);
}

/** The normal distribution function of x, given exp(-x^2 / 2): Abramowitz and Stegun 7.1.26, to 1e-7 absolute. */
// @ts-ignore: decorator
@inline
export function normalDistribution4(x: v128, gauss: v128): v128 {
  const t = f32x4.div(f32x4.splat(1), madd(f32x4.abs(x), f32x4.splat(0.3275911 * 0.70710678), f32x4.splat(1)));
  let tail = f32x4.splat(1.061405429);
  tail = madd(tail, t, f32x4.splat(-1.453152027));
  tail = madd(tail, t, f32x4.splat(1.421413741));
  tail = madd(tail, t, f32x4.splat(-0.284496736));
  tail = madd(tail, t, f32x4.splat(0.254829592));
  tail = f32x4.mul(f32x4.mul(f32x4.mul(tail, t), gauss), f32x4.splat(0.5));
  return v128.bitselect(tail, f32x4.sub(f32x4.splat(1), tail), f32x4.lt(x, f32x4.splat(0)));
}

/** exp(-x^2 / 2), never below 1e-26: what is made of it must not become subnormal, which is a hundred times as slow. */
// @ts-ignore: decorator
@inline
export function gauss4(x: v128): v128 {
  return exp4(f32x4.pmax(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)), f32x4.splat(-60)));
}

export const NONE: i32 = 0;
export const GELU: i32 = 1;
export const QUICK_GELU: i32 = 2;
export const RELU: i32 = 3;
export const RELU6: i32 = 4;

/** The activation by number. */
// @ts-ignore: decorator
@inline
export function activate4(x: v128, activation: i32): v128 {
  if (activation == GELU) return f32x4.mul(x, normalDistribution4(x, gauss4(x)));
  if (activation == QUICK_GELU) return f32x4.div(x, f32x4.add(f32x4.splat(1), exp4(f32x4.mul(x, f32x4.splat(-1.702)))));
  if (activation == RELU) return f32x4.max(x, f32x4.splat(0));
  if (activation == RELU6) return f32x4.min(f32x4.max(x, f32x4.splat(0)), f32x4.splat(6));
  return x;
}

/** The activation; its derivative at x goes to `slopeOf`, for one exp gives both. */
// @ts-ignore: decorator
@inline
export function activateWithSlope4(x: v128, activation: i32): v128 {
  if (activation == GELU) {
    const gauss = gauss4(x);
    const share = normalDistribution4(x, gauss);
    slopeOf = madd(f32x4.mul(x, gauss), f32x4.splat(0.3989422804), share);
    return f32x4.mul(x, share);
  }
  if (activation == RELU || activation == RELU6) {
    const y = activate4(x, activation);
    slopeOf = v128.and(f32x4.eq(x, y), f32x4.splat(1));
    return y;
  }
  const sigmoid = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp4(f32x4.mul(x, f32x4.splat(-1.702)))));
  slopeOf = f32x4.mul(sigmoid, madd(f32x4.mul(x, f32x4.splat(1.702)), f32x4.sub(f32x4.splat(1), sigmoid), f32x4.splat(1)));
  return f32x4.mul(x, sigmoid);
}

export let slopeOf: v128 = f32x4.splat(0);

/** The first `count` (1 to 4) floats at an address, zeros after them: reads nothing beyond. */
// @ts-ignore: decorator
@inline
export function loadSome(at: usize, count: i32): v128 {
  if (count >= 4) return v128.load(at);
  let x = v128.load32_zero(at);
  if (count > 1) x = f32x4.replace_lane(x, 1, load<f32>(at, 4));
  if (count > 2) x = f32x4.replace_lane(x, 2, load<f32>(at, 8));
  return x;
}

/** Stores the first `count` (1 to 4) floats. */
// @ts-ignore: decorator
@inline
export function storeSome(at: usize, x: v128, count: i32): void {
  if (count >= 4) {
    v128.store(at, x);
    return;
  }
  v128.store_lane<f32>(at, x, 0);
  if (count > 1) v128.store_lane<f32>(at, x, 1, 4);
  if (count > 2) v128.store_lane<f32>(at, x, 2, 8);
}

// @ts-ignore: decorator
@inline
export function sum4(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

// @ts-ignore: decorator
@inline
export function max4(x: v128): f32 {
  return max(max(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1)), max(f32x4.extract_lane(x, 2), f32x4.extract_lane(x, 3)));
}

/** Natural logarithm of a positive normal number, in float64 within; the standard library's keeps a table in memory that is not ours. */
export function logarithm(x: f32): f32 {
  const bits = reinterpret<i32>(x);
  let power = ((bits >> 23) & 255) - 127;
  let part: f64 = <f64>reinterpret<f32>((bits & 0x7fffff) | (127 << 23));
  if (part > 1.4142135623730951) {
    part *= 0.5;
    power++;
  }
  const s = (part - 1) / (part + 1);
  const square = s * s;
  const series = 1 + square * (1.0 / 3 + square * (1.0 / 5 + square * (1.0 / 7 + square * (1.0 / 9 + square * (1.0 / 11)))));
  return <f32>(<f64>power * 0.6931471805599453 + 2 * s * series);
}
