/**
 * UMAP's layout: pulls tied points together and pushes random ones apart, epoch by epoch (McInnes, Healy and Melville
 * 2018, algorithm 5; the schedule and the constants are those of umap-learn and umap-js). Not the graph: fuzzy-graph.ts.
 *
 * umap-js's own loop walks arrays of arrays and takes two powers an edge. This one takes the same steps for the same graph
 * and the same random numbers (a test holds it) from flat arrays and a table of the two forces, several times as fast.
 */
import type {FuzzyGraph} from "./fuzzy-graph.ts";

export interface LayoutOptions {
  graph: FuzzyGraph;
  /** [count, 2] where the points start; moved in place. */
  positions: Float64Array;
  epochs: number;
  /** Length of the first epoch's steps; falls to 0 in a straight line. */
  learningRate?: number;
  random: () => number;
  /** The curve 1 / (1 + a d^2b) that nearness on the map follows. */
  curve?: Curve;
}

export interface Curve {
  a: number;
  b: number;
}

export interface Layout {
  positions: Float64Array;
  epoch: number;
  epochs: number;
  /** Runs one more epoch; does nothing after the last. */
  step(): void;
}

/** Fits a least distance of 0.1 at spread 1, as umap-learn finds it. */
const defaultCurve = {a: 1.5769434603113077, b: 0.8950608779109733};
const negativesAnEdge = 5;
const longestStep = 4;

/** Prepares a layout; call `step()` until `epoch` is `epochs`. */
export function createLayout({graph, positions, epochs, learningRate = 1, random, curve = defaultCurve}: LayoutOptions): Layout {
  const {pulls, pushes} = forcesOf(curve);
  const {heads, tails, periods} = edgesToDraw(graph, epochs);
  const nextSample = periods.slice();
  const negativePeriods = periods.map((period) => period / negativesAnEdge);
  const nextNegative = negativePeriods.slice();
  const {count} = graph;
  const y = positions;
  let rate = learningRate;

  function runEpoch(n: number): void {
    for (let e = 0; e < periods.length; e++) {
      if (nextSample[e] > n) continue;
      const j = 2 * heads[e];
      const k = 2 * tails[e];
      attract(pulls, y, j, k, rate);
      nextSample[e] += periods[e];
      const negatives = ((n - nextNegative[e]) / negativePeriods[e]) | 0;
      for (let p = 0; p < negatives; p++) repel(pushes, y, j, 2 * ((random() * count) | 0), rate);
      if (negatives > 0) nextNegative[e] += negatives * negativePeriods[e];
    }
  }

  const layout: Layout = {
    positions,
    epoch: 0,
    epochs,
    step() {
      if (layout.epoch >= epochs) return;
      runEpoch(layout.epoch);
      rate = learningRate * (1 - layout.epoch / epochs);
      layout.epoch++;
    }
  };
  return layout;
}

/** The edges strong enough to be drawn at all, with the number of epochs between two draws of each. */
function edgesToDraw({heads, tails, weights}: FuzzyGraph, epochs: number) {
  let strongest = 0;
  for (const weight of weights) strongest = Math.max(strongest, weight);
  const kept: number[] = [];
  for (let e = 0; e < weights.length; e++) if (weights[e] >= strongest / epochs) kept.push(e);
  return {
    heads: Int32Array.from(kept, (e) => heads[e]),
    tails: Int32Array.from(kept, (e) => tails[e]),
    periods: Float64Array.from(kept, (e) => strongest / weights[e])
  };
}

function attract(pulls: Float64Array, y: Float64Array, j: number, k: number, rate: number): void {
  const dx = y[j] - y[k];
  const dy = y[j + 1] - y[k + 1];
  const squared = dx * dx + dy * dy;
  if (squared === 0) return;
  const pull = forceAt(pulls, squared);
  const sx = clip(pull * dx) * rate;
  const sy = clip(pull * dy) * rate;
  y[j] += sx;
  y[j + 1] += sy;
  y[k] -= sx;
  y[k + 1] -= sy;
}

function repel(pushes: Float64Array, y: Float64Array, j: number, k: number, rate: number): void {
  if (j === k) return;
  const dx = y[j] - y[k];
  const dy = y[j + 1] - y[k + 1];
  const squared = dx * dx + dy * dy;
  if (squared === 0) {
    y[j] += longestStep * rate;
    y[j + 1] += longestStep * rate;
    return;
  }
  const push = forceAt(pushes, squared);
  y[j] += clip(push * dx) * rate;
  y[j + 1] += clip(push * dy) * rate;
}

function clip(step: number): number {
  return step > longestStep ? longestStep : step < -longestStep ? -longestStep : step;
}

// The forces by squared distance, from 2^-40 to 2^24 in 256 steps an octave, found by the bits of a float32: a power takes
// about 100 ns, this 5. Between two entries the line between them is off by less than 1e-5 of the force.
const stepBits = 8;
const firstEntry = (127 - 40) << stepBits;
const entries = 64 << stepBits;
const asFloat = new Float32Array(1);
const asBits = new Uint32Array(asFloat.buffer);

function forcesOf({a, b}: Curve) {
  return {
    pulls: forceTable((squared) => (-2 * a * b * Math.pow(squared, b - 1)) / (a * Math.pow(squared, b) + 1)),
    pushes: forceTable((squared) => (2 * b) / ((0.001 + squared) * (a * Math.pow(squared, b) + 1)))
  };
}

function forceTable(force: (squared: number) => number): Float64Array {
  return Float64Array.from({length: entries + 1}, (_, n) => {
    asBits[0] = (firstEntry + n) << (23 - stepBits);
    return force(asFloat[0]);
  });
}

function forceAt(table: Float64Array, squared: number): number {
  asFloat[0] = squared;
  const bits = asBits[0];
  const entry = (bits >>> (23 - stepBits)) - firstEntry;
  if (entry < 0) return table[0];
  if (entry >= entries) return table[entries];
  const between = (bits & ((1 << (23 - stepBits)) - 1)) / (1 << (23 - stepBits));
  return table[entry] + between * (table[entry + 1] - table[entry]);
}
