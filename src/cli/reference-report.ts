/** Compares numbers with their reference, one line a quantity. */

export interface Tolerance {
  relative: number;
  absolute: number;
}

/** Float32 against float32 in another order of summation. */
export const float32: Tolerance = {relative: 1e-4, absolute: 1e-5};

export interface CompareOptions {
  tolerance?: Tolerance;
  /** Elements for which it does not hold are left out. */
  included?: (index: number) => boolean;
  /** Allowed on top of the tolerance, absolutely, where the reference itself is uncertain, and why. */
  uncertainty?: {at: (index: number) => number; because: string};
}

/** Errors of one quantity; an element passes if either of its errors is within tolerance. */
export interface Comparison {
  /** The largest, over all elements. */
  absolute: number;
  /** The largest among elements past the absolute tolerance. */
  relative: number;
  /** The worst element's error as a fraction of what is allowed; above 1 it fails. */
  worst: number;
  worstIndex: number;
  /** Elements that pass only by the reference's uncertainty. */
  uncertain: number;
}

export function compare(ours: ArrayLike<number>, theirs: ArrayLike<number>, {tolerance = float32, included = () => true, uncertainty}: CompareOptions = {}): Comparison {
  const found: Comparison = {absolute: 0, relative: 0, worst: 0, worstIndex: -1, uncertain: 0};
  for (let i = 0; i < theirs.length; i++) {
    if (!included(i)) continue;
    const error = Math.abs(ours[i] - theirs[i]);
    const strict = Math.max(tolerance.absolute, tolerance.relative * Math.abs(theirs[i]));
    // NaN compares false with everything: it must fail, not pass.
    const share = Number.isFinite(ours[i]) ? error / (strict + (uncertainty?.at(i) ?? 0)) : Infinity;
    if (!(error <= found.absolute)) found.absolute = error;
    if (error > tolerance.absolute) found.relative = Math.max(found.relative, error / Math.abs(theirs[i]));
    if (error > strict && share <= 1) found.uncertain++;
    if (!(share <= found.worst)) [found.worst, found.worstIndex] = [share, i];
  }
  return found;
}

export class Report {
  checks = 0;
  failures = 0;

  constructor(private readonly print: (line: string) => void = console.log) {}

  /** One quantity with its errors; fails where its length differs from the reference's. */
  quantity(name: string, ours: ArrayLike<number>, theirs: ArrayLike<number>, options: CompareOptions = {}): void {
    if (ours.length !== theirs.length) return this.line(false, name, `${ours.length} values, the reference has ${theirs.length}`);
    const {absolute, relative, worst, worstIndex, uncertain} = compare(ours, theirs, options);
    const words = [`largest error ${absolute.toExponential(2)}`];
    if (relative > 0) words.push(`relative ${relative.toExponential(2)}`);
    if (uncertain > 0) words.push(`${uncertain} of ${theirs.length} past it: ${options.uncertainty!.because}`);
    if (!(worst <= 1)) words.push(`at [${worstIndex}] ${ours[worstIndex]} instead of ${theirs[worstIndex]}`);
    this.line(worst <= 1, name, words.join(", "));
  }

  /** One demand that is not an equality. */
  line(passed: boolean, name: string, words: string): void {
    this.checks++;
    if (!passed) this.failures++;
    this.print(`${passed ? "ok  " : "FAIL"} ${name.padEnd(58)} ${words}`);
  }

  summary(): string {
    return this.failures === 0 ? `all ${this.checks} quantities agree` : `${this.failures} of ${this.checks} quantities are past tolerance`;
  }
}
