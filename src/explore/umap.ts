/**
 * UMAP's layout: pulls tied points together and pushes random ones apart, epoch by epoch (McInnes, Healy and Melville
 * 2018, algorithm 5; the schedule and the constants are those of umap-learn and umap-js). Not the graph: fuzzy-graph.ts.
 *
 * umap-js's own loop walks arrays of arrays and takes two powers an edge. This one takes the same steps for the same graph
 * and the same random numbers (a test holds it) in WebAssembly, with a table of the two forces.
 */
import type {Random} from "../tensor/random.ts";
import type {FuzzyGraph} from "./fuzzy-graph.ts";
import {umapWasm} from "./umap-wasm.ts";

export interface LayoutOptions {
  graph: FuzzyGraph;
  /** [count, 2] where the points start; copied. */
  start: Float64Array;
  epochs: number;
  /** Length of the first epoch's steps; falls to 0 in a straight line. */
  learningRate?: number;
  /** Goes on from where this generator stands, and leaves it there. */
  random: Random;
  /** The curve 1 / (1 + a d^2b) that nearness on the map follows. */
  curve?: Curve;
}

export interface Curve {
  a: number;
  b: number;
}

export interface Layout {
  /** [count, 2], moved by every step. */
  readonly positions: Float64Array;
  readonly epoch: number;
  readonly epochs: number;
  /** Runs one more epoch; does nothing after the last. */
  step(): void;
}

/** Fits a least distance of 0.1 at spread 1, as umap-learn finds it. */
const defaultCurve = {a: 1.5769434603113077, b: 0.8950608779109733};
const negativesAnEdge = 5;

/** Prepares a layout; call `step()` until `epoch` is `epochs`. */
export function createLayout({graph, start, epochs, learningRate = 1, random, curve = defaultCurve}: LayoutOptions): Layout {
  const {heads, tails, periods} = edgesToDraw(graph, epochs);
  const {pulls, pushes} = forcesOf(curve);
  const {memory, epoch: runEpoch} = instantiate();
  const place = layOut(memory);
  const y = place(start);
  const nextSample = place(periods);
  const nextNegative = place(periods.map((period) => period / negativesAnEdge));
  const fixed = {periods: place(periods), pulls: place(pulls), pushes: place(pushes), heads: place(heads), tails: place(tails)};
  const state = place(Uint32Array.from(random.state().slice(0, 4)));
  const positions = new Float64Array(memory.buffer, y, start.length);
  let done = 0;
  let rate = learningRate;
  return {
    positions,
    epochs,
    get epoch() {
      return done;
    },
    step() {
      if (done >= epochs) return;
      runEpoch(
        done, rate, graph.count, periods.length,
        fixed.heads, fixed.tails, fixed.periods, nextSample, nextNegative,
        y, fixed.pulls, fixed.pushes, firstEntry, entries, restBits, state
      );
      rate = learningRate * (1 - done / epochs);
      done++;
    }
  };
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

// The forces by squared distance, from 2^-40 to 2^24 in 256 steps an octave, found by the bits of a float32: a power takes
// about 100 ns, this 5. Between two entries the line between them is off by less than 1e-5 of the force.
const stepBits = 8;
const restBits = 23 - stepBits;
const firstEntry = (127 - 40) << stepBits;
const entries = 64 << stepBits;

function forcesOf({a, b}: Curve) {
  return {
    pulls: forceTable((squared) => (-2 * a * b * Math.pow(squared, b - 1)) / (a * Math.pow(squared, b) + 1)),
    pushes: forceTable((squared) => (2 * b) / ((0.001 + squared) * (a * Math.pow(squared, b) + 1)))
  };
}

function forceTable(force: (squared: number) => number): Float64Array {
  const asFloat = new Float32Array(1);
  const asBits = new Uint32Array(asFloat.buffer);
  return Float64Array.from({length: entries + 1}, (_, n) => {
    asBits[0] = (firstEntry + n) << restBits;
    return force(asFloat[0]);
  });
}

interface UmapModule {
  memory: WebAssembly.Memory;
  epoch(...numbersAndAddresses: number[]): void;
}

let compiled: WebAssembly.Module | undefined;

/** An instance of its own a layout: its memory goes with it. */
function instantiate(): UmapModule {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(umapWasm), (c) => c.charCodeAt(0)));
  return new WebAssembly.Instance(compiled).exports as unknown as UmapModule;
}

/** Returns a function that copies an array behind the one before and gives its byte address. */
function layOut(memory: WebAssembly.Memory) {
  let end = 16;
  return (values: Float64Array | Int32Array | Uint32Array): number => {
    const at = end;
    end += Math.ceil(values.byteLength / 16) * 16;
    if (end > memory.buffer.byteLength) memory.grow(Math.ceil((end - memory.buffer.byteLength) / 65536));
    new Uint8Array(memory.buffer).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    return at;
  };
}
