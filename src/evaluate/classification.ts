/** How well scores name the true class: accuracy, confusion, calibration. Where the scores come from is not asked here. */

export interface ClassificationInput {
  /** [count, classes]: logits or any scores, higher is likelier; calibration reads them as logits. */
  scores: Float32Array | Float64Array;
  classes: number;
  /** The true class of each row. */
  truth: Int32Array;
}

export interface Classification {
  count: number;
  /** Share of rows whose true class has the highest score; a tie goes to the lower class, as argmax does. */
  top1: number;
  /** Share whose true class is among the five highest. */
  top5: number;
  /** [classes, classes]: rows are the truth, columns the answer. */
  confusion: Int32Array;
  /** Share right of each class; NaN for a class without rows. */
  perClass: Float64Array;
  /** Mean of `perClass` over the classes that have rows: what class sizes cannot flatter. */
  meanPerClass: number;
  predictions: Int32Array;
  calibration: Calibration;
  /** What a reader of the figures should know. Usually empty. */
  notes: string[];
}

export interface Calibration {
  /** Expected calibration error (Guo et al. 2017): mean distance of confidence and accuracy over the bins, by their size. */
  error: number;
  bins: {from: number; to: number; count: number; /** Means over the bin's rows; null where it has none. */ confidence: number | null; accuracy: number | null}[];
}

/** All figures of a classifier at once. */
export function classify({scores, classes, truth}: ClassificationInput): Classification {
  const count = checkScores({scores, classes, truth});
  const predictions = new Int32Array(count);
  const confusion = new Int32Array(classes * classes);
  const sizes = new Int32Array(classes);
  let fifth = 0;
  for (let i = 0; i < count; i++) {
    const rank = rankOfClass(scores, i * classes, classes, truth[i]);
    predictions[i] = best(scores, i * classes, classes);
    if (rank <= 5) fifth++;
    confusion[truth[i] * classes + predictions[i]]++;
    sizes[truth[i]]++;
  }
  let right = 0;
  for (let c = 0; c < classes; c++) right += confusion[c * classes + c];
  const perClass = Float64Array.from(sizes, (size, c) => (size > 0 ? confusion[c * classes + c] / size : NaN));
  const present = [...perClass].filter((share) => !Number.isNaN(share));
  const notes: string[] = [];
  if (classes <= 5) notes.push(`Top 5 is 1 whatever the model: there are ${classes} classes.`);
  if (present.length < classes) notes.push(`${classes - present.length} of ${classes} classes have nothing to classify.`);
  return {
    count,
    top1: right / count,
    top5: fifth / count,
    confusion,
    perClass,
    meanPerClass: present.reduce((sum, share) => sum + share, 0) / present.length,
    predictions,
    calibration: calibrationOf(softmaxRows(scores, classes), classes, truth, predictions),
    notes
  };
}

/** Each row turned into probabilities: [count, classes]. The row's highest score is subtracted first, so that no exp overflows. */
export function softmaxRows(scores: Float32Array | Float64Array, classes: number): Float64Array {
  const out = new Float64Array(scores.length);
  for (let from = 0; from < scores.length; from += classes) {
    const highest = scores[from + best(scores, from, classes)];
    let sum = 0;
    for (let c = from; c < from + classes; c++) sum += out[c] = Math.exp(scores[c] - highest);
    for (let c = from; c < from + classes; c++) out[c] /= sum;
  }
  return out;
}

const binCount = 10;

function calibrationOf(probabilities: Float64Array, classes: number, truth: Int32Array, predictions: Int32Array): Calibration {
  const bins = Array.from({length: binCount}, (_, b) => ({from: b / binCount, to: (b + 1) / binCount, count: 0, confidence: 0, accuracy: 0}));
  predictions.forEach((prediction, i) => {
    const confidence = probabilities[i * classes + prediction];
    const bin = bins[Math.min(binCount - 1, Math.floor(confidence * binCount))];
    bin.count++;
    bin.confidence += confidence;
    bin.accuracy += prediction === truth[i] ? 1 : 0;
  });
  let error = 0;
  for (const {confidence, accuracy} of bins) error += Math.abs(confidence - accuracy) / truth.length;
  const mean = (sum: number, count: number) => (count > 0 ? sum / count : null);
  return {error, bins: bins.map((bin) => ({...bin, confidence: mean(bin.confidence, bin.count), accuracy: mean(bin.accuracy, bin.count)}))};
}

function best(scores: Float32Array | Float64Array, from: number, classes: number): number {
  let at = 0;
  for (let c = 1; c < classes; c++) if (scores[from + c] > scores[from + at]) at = c;
  return at;
}

function rankOfClass(scores: Float32Array | Float64Array, from: number, classes: number, truth: number): number {
  const own = scores[from + truth];
  let rank = 1;
  for (let c = 0; c < classes; c++) if (scores[from + c] > own || (scores[from + c] === own && c < truth)) rank++;
  return rank;
}

function checkScores({scores, classes, truth}: ClassificationInput): number {
  if (!Number.isInteger(classes) || classes < 1) throw new RangeError(`classes: expected a whole number of at least 1, got ${classes}`);
  if (truth.length === 0) throw new RangeError("truth: expected at least one row to classify, got none");
  if (scores.length !== truth.length * classes) {
    throw new RangeError(`scores: expected ${truth.length} rows of ${classes}, so ${truth.length * classes} numbers, got ${scores.length}`);
  }
  const odd = truth.findIndex((c) => !(c >= 0 && c < classes));
  if (odd >= 0) throw new RangeError(`truth: row ${odd} names class ${truth[odd]}, but there are ${classes} classes, from 0`);
  const nan = scores.findIndex((score) => Number.isNaN(score));
  if (nan >= 0) throw new RangeError(`scores: row ${Math.floor(nan / classes)}, class ${nan % classes} is not a number`);
  return truth.length;
}
