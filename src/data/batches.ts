/** Which image and which caption come together, and when. Deals row numbers, not pixels: gather those with `gatherPixels`. */
import {seededRandom} from "../tensor/random.ts";
import type {Random} from "../tensor/random.ts";
import type {PairSet, Split} from "./pairs.ts";
import {indicesOfSplit} from "./select.ts";

export interface BatchOptions {
  /** Images in a batch. */
  batchSize: number;
  seed?: number | string;
  split?: Split;
  /**
   * What a visit of an image shows of its captions:
   * "one" drawn at random (the usual), the next one "in turn", "all" at once (several true captions a row), or
   * "each": an epoch has every caption once, so an image may come several times.
   */
  captions?: "one" | "in turn" | "all" | "each";
  /** Keeps two captions of one image, and identical captions, out of the same batch. What is put off comes in a later batch. */
  avoidDuplicates?: boolean;
  /** Puts pairs that are hard to tell apart side by side; by chance alone unless given. */
  hardNegatives?: HardNegatives;
}

/**
 * Neighbourhoods of a batch: `size` pairs whose pictures share the values of these factors, so that they have to be told apart by the others.
 * With a size of the batch or more, all of a batch share them.
 */
export interface HardNegatives {
  /** Names of the set's factors: ["colour", "place"]. */
  share: string[];
  size: number;
}

export interface Batch {
  /** Rows of the pair set, [batchSize]. */
  indices: Int32Array;
  /** For each caption of the batch, which of its image's captions it is, from 0: [batchSize], or more with "all". */
  captionIndices: Int32Array;
  /** For each caption, the batch row (0 to batchSize - 1) whose image it belongs to. Counts up by one, except with "all". */
  captionRows: Int32Array;
  /** Entries of the images x captions matrix that the loss takes for wrong and that are true: same image, or same words. */
  falseNegatives: number;
  /** From 0. */
  epoch: number;
}

/** Where an iterator of batches stands; plain JSON. */
export interface BatchesState {
  epoch: number;
  /** Batches of this epoch already dealt. */
  batch: number;
}

export interface Batches {
  next(): Batch;
  state(): BatchesState;
  /** Goes on where another iterator with the same pairs and options stood. */
  restore(state: BatchesState): void;
  /** Batches in the current epoch. */
  readonly perEpoch: number;
}

type Captioned = Pick<PairSet, "captions" | "splits"> & Partial<Pick<PairSet, "factors">>;

/**
 * Endless batches of a split, shuffled anew each epoch; what is left of an epoch after the last full batch is dropped
 * (others next time). Everything follows from the seed and the state, so a run resumed from a checkpoint sees what it would have seen.
 * Throws a RangeError when the split has fewer images than one batch, or when hard negatives are to share a factor that the set has not.
 */
export function createBatches(
  pairs: Captioned,
  {batchSize, seed = 1, split = "train", captions = "one", avoidDuplicates = false, hardNegatives}: BatchOptions
): Batches {
  const rows = indicesOfSplit(pairs, split).filter((row) => pairs.captions[row].length > 0);
  if (!Number.isInteger(batchSize) || batchSize < 1) throw new RangeError(`createBatches: batchSize must be a whole number from 1, not ${batchSize}`);
  if (rows.length < batchSize) throw new RangeError(`createBatches: batchSize is ${batchSize}, but the ${split} split has only ${rows.length} captioned images`);
  if (hardNegatives) checkNeighbours(hardNegatives, pairs.factors ?? {});
  const words = indexWords(pairs.captions, rows);
  let epoch = 0;
  let batch = 0;
  let plan = planEpoch();

  /** All batches of the current epoch. Planning it whole keeps the state down to two numbers. */
  function planEpoch(): Sample[][] {
    const random = seededRandom(`batches/${seed}/${epoch}`);
    const samples = random.shuffle(
      captions === "each"
        ? [...rows].flatMap((row) => pairs.captions[row].map((_, caption) => ({row, captions: [caption]})))
        : [...rows].map((row) => ({row, captions: choose(row, pairs.captions[row].length, random)}))
    );
    const ordered = hardNegatives ? neighbourhoods(samples, pairs.factors ?? {}, hardNegatives, random) : samples;
    return avoidDuplicates ? separate(ordered, batchSize, words) : chunk(ordered, batchSize);
  }

  function choose(row: number, count: number, random: () => number): number[] {
    if (captions === "all") return Array.from({length: count}, (_, i) => i);
    if (captions === "in turn") return [(row + epoch) % count];
    return [Math.floor(random() * count)];
  }

  return {
    next() {
      if (batch >= plan.length) {
        epoch++;
        batch = 0;
        plan = planEpoch();
      }
      return describe(plan[batch++], epoch, words);
    },
    state: () => ({epoch, batch}),
    restore(state) {
      epoch = state.epoch;
      batch = state.batch;
      plan = planEpoch();
    },
    get perEpoch() {
      return plan.length;
    }
  };
}

/** The mean of `falseNegatives` over the batches of the epoch at hand, which are dealt in doing so. */
export function falseNegativesPerBatch(batches: Batches): number {
  const count = batches.perEpoch;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += batches.next().falseNegatives;
  return count > 0 ? sum / count : 0;
}

/** The images of a batch: uint8, [n, sizePx, sizePx, 3], written to `out` where one is given (so that nothing is allocated in a loop). */
export function gatherPixels({pixels, sizePx}: Pick<PairSet, "pixels" | "sizePx">, indices: Int32Array, out = new Uint8Array(indices.length * sizePx * sizePx * 3)): Uint8Array {
  const bytes = sizePx * sizePx * 3;
  indices.forEach((row, i) => out.set(pixels.subarray(row * bytes, (row + 1) * bytes), i * bytes));
  return out;
}

/** A row of a batch: an image and the captions shown with it. */
interface Sample {
  row: number;
  captions: number[];
}

/** Which images share words: every different caption has a number, and knows the images that have it. */
interface Words {
  /** [row][caption] -> number of the text. */
  ids: Map<number, number[]>;
  /** Number of the text -> rows that have it among their captions. */
  owners: number[][];
}

function indexWords(captions: string[][], rows: Int32Array): Words {
  const numbers = new Map<string, number>();
  const ids = new Map<number, number[]>();
  const owners: number[][] = [];
  for (const row of rows) {
    ids.set(row, captions[row].map((caption) => {
      const text = caption.trim().toLowerCase().replace(/\s+/g, " ");
      const id = numbers.get(text) ?? owners.push([]) - 1;
      numbers.set(text, id);
      if (!owners[id].includes(row)) owners[id].push(row);
      return id;
    }));
  }
  return {ids, owners};
}

function checkNeighbours({share, size}: HardNegatives, factors: PairSet["factors"]) {
  const unknown = share.filter((name) => !Object.hasOwn(factors, name));
  const known = Object.keys(factors);
  if (unknown.length > 0) throw new RangeError(`hardNegatives: the set has ${known.length > 0 ? `the factors ${known.join(", ")}` : "no factors"}, not ${unknown.join(", ")}`);
  if (!Number.isInteger(size) || size < 2) throw new RangeError(`hardNegatives: size must be a whole number from 2, not ${size}`);
}

/** The samples in another order: `size` that share the factors follow on each other, and such neighbourhoods come in any order. */
function neighbourhoods(samples: Sample[], factors: PairSet["factors"], {share, size}: HardNegatives, random: Random): Sample[] {
  const alike = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = JSON.stringify(share.map((name) => factors[name][sample.row]));
    alike.set(key, [...(alike.get(key) ?? []), sample]);
  }
  const parts = [...alike.values()].flatMap((group) => Array.from({length: Math.ceil(group.length / size)}, (_, i) => group.slice(i * size, (i + 1) * size)));
  return random.shuffle(parts).flat();
}

function chunk(samples: Sample[], size: number): Sample[][] {
  return Array.from({length: Math.floor(samples.length / size)}, (_, i) => samples.slice(i * size, (i + 1) * size));
}

/** Full batches in which no two samples have a true pair off the diagonal; what clashes waits for the next batch. */
function separate(samples: Sample[], size: number, {ids, owners}: Words): Sample[][] {
  const batches: Sample[][] = [];
  let waiting = samples;
  while (waiting.length >= size) {
    const batch: Sample[] = [];
    const putOff: Sample[] = [];
    // Images in the batch, and images that own a caption of the batch: neither may come again.
    const inBatch = new Set<number>();
    const owning = new Set<number>();
    for (const sample of waiting) {
      const theirs = sample.captions.flatMap((caption) => owners[ids.get(sample.row)![caption]]);
      if (batch.length === size || owning.has(sample.row) || theirs.some((row) => inBatch.has(row))) putOff.push(sample);
      else {
        batch.push(sample);
        inBatch.add(sample.row);
        theirs.forEach((row) => owning.add(row));
      }
    }
    if (batch.length < size) break;
    batches.push(batch);
    waiting = putOff;
  }
  return batches;
}

function describe(batch: Sample[], epoch: number, {ids, owners}: Words): Batch {
  const timesInBatch = new Map<number, number>();
  for (const {row} of batch) timesInBatch.set(row, (timesInBatch.get(row) ?? 0) + 1);
  let falseNegatives = 0;
  for (const {row, captions} of batch) {
    for (const caption of captions) {
      for (const owner of owners[ids.get(row)![caption]]) falseNegatives += timesInBatch.get(owner) ?? 0;
      falseNegatives--; // its own image
    }
  }
  return {
    indices: Int32Array.from(batch, ({row}) => row),
    captionIndices: Int32Array.from(batch.flatMap(({captions}) => captions)),
    captionRows: Int32Array.from(batch.flatMap(({captions}, i) => captions.map(() => i))),
    falseNegatives,
    epoch
  };
}
