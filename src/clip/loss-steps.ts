/**
 * CLIP's loss and its gradient, one line a step, on plain arrays of rows: to be read, stepped through and checked
 * against the kernels that train. Not what trains: see losses.ts.
 * The words after `// @` name the step for the loss microscope, which shows these very lines.
 */

/** A matrix as its rows. */
export type Rows = number[][];

/** Everything that `lossSteps` computes, by the name it has there. */
export type LossSteps = ReturnType<typeof lossSteps>;

/**
 * @param I_f image embeddings before normalisation, [n, d]
 * @param T_f caption embeddings before normalisation, [n, d]; row i belongs to image i
 * @param t the learned log scale: logits = cosine * exp(t)
 */
export function lossSteps(I_f: Rows, T_f: Rows, t: number) {
  const n = I_f.length; // @features
  const I_e = I_f.map((row) => scale(row, 1 / norm(row))), T_e = T_f.map((row) => scale(row, 1 / norm(row))); // @normalise
  const cosines = I_e.map((image) => T_e.map((caption) => dot(image, caption))); // @cosines
  const logits = cosines.map((row) => scale(row, Math.exp(t))); // @logits
  const shifted = logits.map((row) => row.map((z) => z - Math.max(...row))); // @shifted
  const weights = shifted.map((row) => row.map(Math.exp)); // @weights
  const sums = weights.map(sum); // @sums
  const p = weights.map((row, i) => scale(row, 1 / sums[i])); // @probabilities
  const loss_i = shifted.map((row, i) => Math.log(sums[i]) - row[i]); // @lossImage
  const q = transpose(transpose(logits).map(softmax)); // @columns
  const loss_t = transpose(logits).map((column, j) => logSumExp(column) - column[j]); // @lossText
  const loss = (sum(loss_i) + sum(loss_t)) / (2 * n); // @loss

  const d_logits = p.map((row, i) => row.map((_, j) => (p[i][j] + q[i][j] - (i === j ? 2 : 0)) / (2 * n))); // @gradLogits
  const d_cosines = d_logits.map((row) => scale(row, Math.exp(t))); // @gradCosines
  const d_I = d_cosines.map((row) => combine(row, T_e)), d_T = transpose(d_cosines).map((column) => combine(column, I_e)); // @gradEmbeddings
  const d_t = sum(d_logits.map((row, i) => dot(row, logits[i]))); // @gradScale
  return {n, I_f, T_f, I_e, T_e, cosines, logits, shifted, weights, sums, p, loss_i, q, loss_t, loss, d_logits, d_cosines, d_I, d_T, d_t};
}

const sum = (a: number[]) => a.reduce((total, value) => total + value, 0);
const dot = (a: number[], b: number[]) => a.reduce((total, value, k) => total + value * b[k], 0);
const norm = (a: number[]) => Math.max(1e-12, Math.sqrt(dot(a, a)));
const scale = (a: number[], by: number) => a.map((value) => value * by);
const transpose = (rows: Rows): Rows => rows[0].map((_, j) => rows.map((row) => row[j]));
/** The rows of `of`, each times its weight, added up. */
const combine = (weights: number[], of: Rows) => of[0].map((_, k) => weights.reduce((total, weight, j) => total + weight * of[j][k], 0));
const logSumExp = (a: number[]) => Math.max(...a) + Math.log(sum(a.map((value) => Math.exp(value - Math.max(...a)))));
const softmax = (a: number[]) => a.map((value) => Math.exp(value - logSumExp(a)));
