/** L-BFGS: minimises a smooth function from its gradients (Nocedal and Wright, algorithms 7.4, 7.5 and 3.5). Knows no model. */

export interface LbfgsOptions {
  /** Writes the gradient at `x` and returns the value. */
  evaluate: (x: Float64Array, gradient: Float64Array) => number;
  /** Where to start; not changed. */
  start: Float64Array;
  /** Stops when no entry of the gradient exceeds this. */
  tolerance?: number;
  rounds?: number;
  /** Steps remembered for the curvature. */
  memory?: number;
}

export interface Minimum {
  x: Float64Array;
  value: number;
  rounds: number;
  /** False where the rounds ran out, or no step lowered the value, before the tolerance was reached. */
  converged: boolean;
}

/** Finds a minimum near `start`; the minimum, where the function is convex. */
export function lbfgs({evaluate, start, tolerance = 1e-6, rounds = 1000, memory = 10}: LbfgsOptions): Minimum {
  const n = start.length;
  let x: Float64Array = start.slice();
  let gradient: Float64Array = new Float64Array(n);
  let value = evaluate(x, gradient);
  const history: Correction[] = [];
  for (let round = 0; round < rounds; round++) {
    if (largest(gradient) <= tolerance) return {x, value, rounds: round, converged: true};
    let direction: Float64Array = descent(gradient, history);
    if (dot(direction, gradient) >= 0) {
      history.length = 0;
      direction = gradient.map((g) => -g);
    }
    const first = history.length === 0 ? Math.min(1, 1 / largest(gradient)) : 1;
    const next = lineSearch(evaluate, x, value, gradient, direction, first);
    if (!next) return {x, value, rounds: round, converged: false};
    const s = next.x.map((v, i) => v - x[i]);
    const y = next.gradient.map((g, i) => g - gradient[i]);
    const curvature = dot(s, y);
    if (curvature > 1e-14 * dot(y, y)) {
      history.push({s, y, curvature});
      if (history.length > memory) history.shift();
    }
    ({x, value, gradient} = next);
  }
  return {x, value, rounds, converged: largest(gradient) <= tolerance};
}

interface Correction {
  s: Float64Array;
  y: Float64Array;
  curvature: number;
}

interface Point {
  x: Float64Array;
  value: number;
  gradient: Float64Array;
}

/** The two-loop recursion: minus the gradient, bent by the remembered steps. */
function descent(gradient: Float64Array, history: Correction[]): Float64Array {
  const q = gradient.map((g) => -g);
  const alphas: number[] = [];
  for (let i = history.length - 1; i >= 0; i--) {
    const {s, y, curvature} = history[i];
    alphas[i] = dot(s, q) / curvature;
    for (let k = 0; k < q.length; k++) q[k] -= alphas[i] * y[k];
  }
  const last = history.at(-1);
  if (last) {
    const scale = last.curvature / dot(last.y, last.y);
    for (let k = 0; k < q.length; k++) q[k] *= scale;
  }
  history.forEach(({s, y, curvature}, i) => {
    const beta = dot(y, q) / curvature;
    for (let k = 0; k < q.length; k++) q[k] += (alphas[i] - beta) * s[k];
  });
  return q;
}

/** Halves and doubles until the step meets both of Wolfe's conditions; null where no step lowers the value. */
function lineSearch(evaluate: LbfgsOptions["evaluate"], x: Float64Array, value: number, gradient: Float64Array, direction: Float64Array, first: number): Point | null {
  const slope = dot(gradient, direction);
  let low = 0;
  let high = Infinity;
  let step = first;
  let best: Point | null = null;
  for (let attempt = 0; attempt < 40; attempt++) {
    const there: Point = {x: x.map((v, i) => v + step * direction[i]), value: 0, gradient: new Float64Array(x.length)};
    there.value = evaluate(there.x, there.gradient);
    if (!(there.value <= value + 1e-4 * step * slope)) high = step;
    else {
      best = there;
      if (dot(there.gradient, direction) >= 0.9 * slope) return there;
      low = step;
    }
    step = high === Infinity ? 2 * step : (low + high) / 2;
  }
  return best;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
