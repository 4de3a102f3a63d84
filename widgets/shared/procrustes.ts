/** Turning one flat map onto another: neither knows up from left, so two maps of the same points can only be compared when laid over each other. */

/** Places of the same points, in the same order. */
export interface Places {
  x: ArrayLike<number>;
  y: ArrayLike<number>;
}

/**
 * `moving` shifted, turned, mirrored where that helps, and scaled, so that its points come as near to those of `fixed` as they can
 * (least squares; Gower 1975, "Generalized Procrustes Analysis").
 * @throws RangeError where the two have different numbers of points
 */
export function laidOver(moving: Places, fixed: Places): {x: Float32Array; y: Float32Array} {
  const count = moving.x.length;
  if (fixed.x.length !== count) throw new RangeError(`laidOver: expected as many points in both maps, got ${count} and ${fixed.x.length}`);
  const m = centre(moving, count);
  const f = centre(fixed, count);
  let xx = 0, xy = 0, yx = 0, yy = 0, square = 0;
  for (let i = 0; i < count; i++) {
    const [a, b] = [moving.x[i] - m.x, moving.y[i] - m.y];
    const [c, d] = [fixed.x[i] - f.x, fixed.y[i] - f.y];
    xx += a * c;
    xy += a * d;
    yx += b * c;
    yy += b * d;
    square += a * a + b * b;
  }
  // With s = -1 the map is mirrored first; of both, the turn that brings more agreement.
  const turn = (s: 1 | -1) => [xx + s * yy, xy - s * yx] as const;
  const s = Math.hypot(...turn(1)) >= Math.hypot(...turn(-1)) ? 1 : -1;
  const [cos, sin] = turn(s).map((value) => value / (square || 1));
  const x = new Float32Array(count);
  const y = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const [a, b] = [moving.x[i] - m.x, s * (moving.y[i] - m.y)];
    x[i] = f.x + cos * a - sin * b;
    y[i] = f.y + sin * a + cos * b;
  }
  return {x, y};
}

function centre({x, y}: Places, count: number): {x: number; y: number} {
  let [a, b] = [0, 0];
  for (let i = 0; i < count; i++) [a, b] = [a + x[i] / count, b + y[i] / count];
  return {x: a, y: b};
}
