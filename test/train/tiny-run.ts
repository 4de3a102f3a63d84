/** Real runs small enough for plain JavaScript: features in place of pictures, a bag of words, four pairs in a batch. */
import type {PairSet} from "../../src/data/pairs.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import {createRun} from "../../src/train/create-run.ts";
import type {OpenedPairs} from "../../src/train/open-pairs.ts";
import type {BackendChoice, RunSpec} from "../../src/train/protocol.ts";

const count = 24;
const random = seededRandom("tiny");
const rows = Array.from({length: count}, (_, row) => row);

/** Noise for pictures, and captions of so few letters that the learnt vocabulary is small: plain JavaScript is slow with large ones. */
const pairs: PairSet = {
  name: "tiny",
  ids: rows.map((row) => `tiny-${row}`),
  sizePx: 32,
  pixels: Uint8Array.from({length: count * 32 * 32 * 3}, () => random.integer(256)),
  captions: rows.map((row) => [`${"abcde"[row % 5]} ${"fghij"[Math.floor(row / 5)]}`, `${"fghij"[Math.floor(row / 5)]} on ${"abcde"[row % 5]}`]),
  splits: rows.map((row) => (row < 20 ? "train" : "test")),
  factors: {},
  problems: []
};

/** The same with features that a locked tower could have made. */
export const withFeatures: OpenedPairs = {pairs, features: {width: 6, data: Float32Array.from({length: 6 * count}, random.normal)}};
export const withPictures: OpenedPairs = {pairs};

const cbow: Partial<RunSpec> = {textTower: "cbow", batchSize: 4, steps: 6, learningRate: 0.01, watch: 2, map: 1};

/** Noise on the features, so that a run has a random state to keep. */
export const augment = {source: "(images, random) => images.mul(0.8 + 0.4 * random())"};

export function tinyRun(spec: Partial<RunSpec> = {}, opened = withFeatures, restartBackend?: () => Promise<BackendChoice>) {
  return createRun({pairs: "", ...cbow, ...spec}, {
    id: "run-1",
    opened,
    choice: {backend: "cpu", reason: "a test"},
    library: {},
    restartBackend,
    read: async (address) => Promise.reject(new Error(`nothing at ${address}`))
  });
}

/** The losses of `count` more steps. */
export async function losses(run: Awaited<ReturnType<typeof tinyRun>>["run"], count: number): Promise<number[]> {
  const before = (await run.snapshot()).lossHistory.length;
  return Array.from((await run.step(count)).lossHistory).slice(before);
}
