/** Intervals and tests for figures that come from few seeds, few models or few people. Not the figures themselves. */
import type {Random} from "../tensor/random.ts";

export interface Interval {
  mean: number;
  low: number;
  high: number;
}

/** Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom. */
const studentT = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086,
  2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042
];

/** The mean of a few independent runs with its 95 % interval by Student's t; unbounded for a single run. */
export function meanInterval(values: readonly number[]): Interval {
  if (values.length === 0) throw new RangeError("values: expected at least one number, got none");
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return {mean, low: -Infinity, high: Infinity};
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = (studentT[n - 2] ?? 1.96) * Math.sqrt(variance / n);
  return {mean, low: mean - half, high: mean + half};
}

export interface BootstrapOptions<T> {
  items: readonly T[];
  /** The figure asked for; items may come several times or not at all. NaN marks a draw it is not defined on. */
  statistic: (items: readonly T[]) => number;
  random: Random;
  resamples?: number;
  level?: number;
}

export interface BootstrapInterval {
  estimate: number;
  low: number;
  high: number;
  /** Draws on which the statistic was defined. */
  resamples: number;
}

/** The percentile bootstrap (Efron 1979): the statistic's spread over sets drawn with replacement. */
export function bootstrap<T>({items, statistic, random, resamples = 2000, level = 0.95}: BootstrapOptions<T>): BootstrapInterval {
  if (items.length === 0) throw new RangeError("items: expected at least one, got none");
  const draws: number[] = [];
  for (let r = 0; r < resamples; r++) {
    const value = statistic(Array.from(items, () => items[random.integer(items.length)]));
    if (!Number.isNaN(value)) draws.push(value);
  }
  draws.sort((a, b) => a - b);
  return {estimate: statistic(items), low: quantile(draws, (1 - level) / 2), high: quantile(draws, (1 + level) / 2), resamples: draws.length};
}

/** The q-quantile of sorted values, between neighbours in a straight line; NaN of none. */
export function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return NaN;
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  return sorted[below] + (at - below) * (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]);
}

export interface Association {
  statistic: number;
  degreesOfFreedom: number;
  /** Probability of a statistic at least this large if rows and columns had nothing to do with each other. */
  p: number;
  /** Strength from 0 to 1 (Cramer's V), which does not grow with the number of people. */
  cramersV: number;
  expected: number[][];
  /** Where the test is not to be trusted. Usually empty. */
  notes: string[];
}

/** Pearson's chi-squared test of independence on a table of counts, without a correction for continuity. */
export function chiSquared(table: readonly (readonly number[])[]): Association {
  const columns = table[0]?.length ?? 0;
  for (const [r, row] of table.entries()) {
    if (row.length !== columns) throw new RangeError(`table: row ${r} has ${row.length} columns, the first has ${columns}`);
    const odd = row.find((count) => !(count >= 0 && Number.isFinite(count)));
    if (odd !== undefined) throw new RangeError(`table: expected counts of at least 0, row ${r} holds ${odd}`);
  }
  const rowSums = table.map((row) => row.reduce((sum, count) => sum + count, 0));
  const columnSums = Array.from({length: columns}, (_, c) => table.reduce((sum, row) => sum + row[c], 0));
  // A row or column that never occurs says nothing, and would divide by 0.
  const liveRows = rowSums.filter((sum) => sum > 0).length;
  const liveColumns = columnSums.filter((sum) => sum > 0).length;
  if (liveRows < 2 || liveColumns < 2) throw new RangeError(`table: a test of association needs two rows and two columns with counts, got ${liveRows} and ${liveColumns}`);
  const total = rowSums.reduce((sum, count) => sum + count, 0);
  const expected = rowSums.map((row) => columnSums.map((column) => (row * column) / total));
  let statistic = 0;
  let small = 0;
  expected.forEach((row, r) =>
    row.forEach((value, c) => {
      if (value > 0) statistic += (table[r][c] - value) ** 2 / value;
      if (value > 0 && value < 5) small++;
    })
  );
  const degreesOfFreedom = (liveRows - 1) * (liveColumns - 1);
  return {
    statistic,
    degreesOfFreedom,
    p: upperGamma(degreesOfFreedom / 2, statistic / 2),
    cramersV: Math.sqrt(statistic / (total * Math.min(liveRows - 1, liveColumns - 1))),
    expected,
    notes: small > 0 ? [`${small} of ${liveRows * liveColumns} cells expect fewer than 5: take p as a rough figure.`] : []
  };
}

/** How often each label was given to each group: [labels][groups], a table for `chiSquared`. */
export function countByGroup(labels: Int32Array, groups: Int32Array, labelCount: number, groupCount: number): number[][] {
  if (labels.length !== groups.length) throw new RangeError(`groups: expected one a label, so ${labels.length}, got ${groups.length}`);
  const table = Array.from({length: labelCount}, () => new Array<number>(groupCount).fill(0));
  labels.forEach((label, i) => {
    if (!(label >= 0 && label < labelCount && groups[i] >= 0 && groups[i] < groupCount)) {
      throw new RangeError(`row ${i}: label ${label} of ${labelCount}, group ${groups[i]} of ${groupCount}, both from 0`);
    }
    table[label][groups[i]]++;
  });
  return table;
}

/** The regularised upper incomplete gamma function Q(a, x): a series below a + 1, Lentz's continued fraction above. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < 1000 && term > sum * 1e-16; n++) sum += term *= x / (a + n);
    return Math.max(0, 1 - front * sum);
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < 1000; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / (numerator * d + b || 1e-300);
    c = b + numerator / c || 1e-300;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return front * fraction;
}

/** log Gamma by Lanczos's approximation (g = 7, nine terms). */
function logGamma(x: number): number {
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905, -0.13857109526572012,
    9.984369578019572e-6, 1.5056327351493116e-7
  ];
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const sum = terms.reduce((sum, term, i) => sum + term / (x + i), 0.9999999999998099);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}
