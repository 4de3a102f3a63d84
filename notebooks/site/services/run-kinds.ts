/** The arguments of a run: the kinds of src/train/protocol.ts's RunSpec. Whether they fit each other is seen where the run is made. */
import {boolean, bytes, either, integer, list, number, optional, record, text, word} from "../../../src/rpc/kinds.ts";
import type {Kind} from "../../../src/rpc/kinds.ts";

const share = optional(number());
const range = optional(list(number(), 2));

const augment = record({crop: range, ratio: range, flip: share, brightness: share, contrast: share, saturation: share});
const group = record({pattern: text(300), learningRate: optional(number()), weightDecay: optional(number()), frozen: optional(boolean)});
const written = record({source: text(100_000), cell: optional(number()), line: optional(number())});

/** What may be changed while the run goes on. */
export const runSettings: Record<string, Kind> = {learningRate: optional(number()), temperature: optional(number()), steps: optional(integer({from: 0, to: 10_000_000}))};

export const runArguments: Record<string, Kind> = {
  pairs: text(60),
  model: optional(text(100)),
  imageTower: optional(text(100)),
  textTower: optional(text(100)),
  batchSize: optional(number({to: 1_000_000})),
  steps: optional(number({to: 10_000_000})),
  learningRate: optional(number()),
  warmupSteps: optional(number()),
  weightDecay: optional(number()),
  gradientClip: optional(number()),
  groups: optional(list(group, 1000)),
  layerDecay: optional(number()),
  averageDecay: optional(number()),
  chunkSize: optional(number()),
  accumulation: optional(text(100)),
  precision: optional(text(100)),
  keep: optional(number({to: 10_000})),
  seed: optional(either(number(), text(200))),
  watch: optional(number({to: 10_000})),
  map: optional(number({to: 100_000})),
  augment: optional(augment),
  captions: optional(word("one", "in turn")),
  avoidDuplicates: optional(boolean),
  hardNegatives: optional(record({share: list(text(100), 100), size: number()})),
  from: optional(either(bytes(1024), text(2000))),
  fresh: optional(list(text(300), 1000)),
  functions: optional(record({loss: optional(written), imageHead: optional(written), textHead: optional(written), schedule: optional(written), augment: optional(written)}))
};
