/** Eigenvalues of symmetric matrices: all of a large one, or all with vectors of a small one. Textbook methods, float64. */

/**
 * All eigenvalues, falling, of a symmetric [n, n] matrix: Householder's reduction to three diagonals, then the implicit
 * QL iteration (Golub and Van Loan, sections 8.3.1 and 8.3.3). Takes about 4/3 n^3 operations.
 */
export function symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array {
  const {diagonal, beside} = tridiagonal(matrix.slice(), n);
  for (let l = 0; l < n; l++) qlFrom(diagonal, beside, l, n);
  return diagonal.sort().reverse();
}

/** Householder's reflections, from the last row up; `m` is used up. `beside[i]` stands between rows i and i + 1. */
function tridiagonal(m: Float64Array, n: number): {diagonal: Float64Array; beside: Float64Array} {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const p = new Float64Array(n);
  for (let i = n - 1; i > 0; i--) {
    const v = m.subarray(i * n, i * n + i);
    let square = 0;
    for (let k = 0; k < i - 1; k++) square += v[k] * v[k];
    diagonal[i] = m[i * n + i];
    if (square === 0) {
      beside[i - 1] = v[i - 1];
      continue;
    }
    const length = Math.sqrt(square + v[i - 1] * v[i - 1]) * (v[i - 1] > 0 ? -1 : 1);
    beside[i - 1] = length;
    v[i - 1] -= length;
    const half = (square + v[i - 1] * v[i - 1]) / 2;
    let pv = 0;
    for (let r = 0; r < i; r++) {
      let sum = 0;
      for (let k = 0, at = r * n; k < i; k++, at++) sum += m[at] * v[k];
      p[r] = sum / half;
      pv += p[r] * v[r];
    }
    for (let r = 0; r < i; r++) p[r] -= (pv / (2 * half)) * v[r];
    for (let r = 0; r < i; r++) for (let k = 0, at = r * n; k < i; k++, at++) m[at] -= v[r] * p[k] + p[r] * v[k];
  }
  diagonal[0] = m[0];
  return {diagonal, beside};
}

/** Works `beside[l]` down to 0. */
function qlFrom(d: Float64Array, e: Float64Array, l: number, n: number): void {
  for (let round = 0; round < 60; round++) {
    let end = l;
    while (end < n - 1 && Math.abs(e[end]) > Number.EPSILON * (Math.abs(d[end]) + Math.abs(d[end + 1]))) end++;
    if (end === l) return;
    const g = (d[l + 1] - d[l]) / (2 * e[l]);
    let shifted = d[end] - d[l] + e[l] / (g + Math.sign(g || 1) * Math.hypot(g, 1));
    let sine = 1, cosine = 1, carried = 0;
    for (let i = end - 1; i >= l; i--) {
      const f = sine * e[i];
      const beside = cosine * e[i];
      const r = Math.hypot(f, shifted);
      e[i + 1] = r;
      if (r === 0) {
        d[i + 1] -= carried;
        e[end] = 0;
        break;
      }
      sine = f / r;
      cosine = shifted / r;
      const base = d[i + 1] - carried;
      const turn = (d[i] - base) * sine + 2 * cosine * beside;
      carried = sine * turn;
      d[i + 1] = base + carried;
      shifted = cosine * turn - beside;
      if (i === l) {
        d[l] -= carried;
        e[l] = shifted;
        e[end] = 0;
      }
    }
  }
}

/** Eigenvalues, falling, and eigenvectors in columns of a small symmetric [n, n] matrix, by Jacobi's rotations. */
export function smallSymmetricEigen(matrix: Float64Array, n: number): {values: Float64Array; vectors: Float64Array} {
  const m = matrix.slice();
  const turned = new Float64Array(n * n);
  for (let i = 0; i < n; i++) turned[i * n + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    let all = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) (all += m[i * n + j] ** 2), i !== j && (off += m[i * n + j] ** 2);
    if (off <= 1e-30 * all) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(m, turned, p, q, n);
  }
  const order = Array.from({length: n}, (_, i) => i).sort((i, j) => m[j * n + j] - m[i * n + i]);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    for (let r = 0; r < n; r++) vectors[r * n + to] = turned[r * n + from];
  });
  return {values: Float64Array.from(order, (i) => m[i * n + i]), vectors};
}

function rotate(m: Float64Array, turned: Float64Array, p: number, q: number, n: number): void {
  const between = m[p * n + q];
  if (between === 0) return;
  const theta = (m[q * n + q] - m[p * n + p]) / (2 * between);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const x = m[k * n + p], y = m[k * n + q];
    m[k * n + p] = c * x - s * y;
    m[k * n + q] = s * x + c * y;
  }
  for (let k = 0; k < n; k++) {
    const x = m[p * n + k], y = m[q * n + k];
    m[p * n + k] = c * x - s * y;
    m[q * n + k] = s * x + c * y;
  }
  for (let k = 0; k < n; k++) {
    const x = turned[k * n + p], y = turned[k * n + q];
    turned[k * n + p] = c * x - s * y;
    turned[k * n + q] = s * x + c * y;
  }
}
