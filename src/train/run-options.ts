/** A RunSpec made total: every default filled in, every value checked. Makes nothing. */
import {isObject, shown} from "../json.ts";
import type {Json} from "../json.ts";
import {runRanges} from "../limits.ts";
import {checkAugment} from "../data/augment.ts";
import type {OpenedPairs} from "./open-pairs.ts";
import type {RunSpec} from "./protocol.ts";

export type RunOptions = Required<Omit<RunSpec, "pairs" | "functions" | "from" | "augment" | "hardNegatives">> & Pick<RunSpec, "augment" | "hardNegatives">;

/**
 * Fills in what a person did not say: first with what `saved` says (the options of the run that a checkpoint is of), then with the defaults.
 * @throws RangeError naming the option that is out of range, Error where a locked tower is asked for and the pairs have no features.
 */
export function completeOptions(spec: RunSpec, {features}: Pick<OpenedPairs, "features">, saved: Partial<RunOptions> = {}): RunOptions {
  const given: Partial<RunOptions> = {...withoutUndefined(saved), ...withoutUndefined(withoutInputs(spec))};
  // Who changes the batch of a run that had no chunks wants none now.
  if (spec.chunkSize === undefined && saved.chunkSize === saved.batchSize) delete given.chunkSize;
  const options = withDefaults(given, features ? "locked" : "train");
  check(options);
  if (options.augment && features) throw new RangeError("augment changes pictures, and this run sees only a locked tower's features, computed once");
  if (options.imageTower === "locked" && !features) throw new Error('imageTower is "locked", but the pairs were opened without a pretrained tower: give openPairs an imageTower');
  return options;
}

/** The options of a checkpoint's run, checked as a person's are. Throws an Error that begins with the file's name. */
export function checkSavedOptions(saved: Json, name: string): void {
  try {
    check(withDefaults(withoutUndefined(saved) as Partial<RunOptions>, "train"));
  } catch (error) {
    throw new RangeError(`${name}: among the options of its run, ${(error as Error).message}. Take a file that a run wrote`);
  }
}

function withDefaults(given: Partial<RunOptions>, imageTower: RunOptions["imageTower"]): RunOptions {
  const {steps = 300, batchSize = 64} = given;
  return {
    model: "vit-tiny",
    imageTower,
    textTower: "preset",
    batchSize,
    steps,
    learningRate: 1e-3,
    warmupSteps: Math.round(steps / 10),
    weightDecay: 0.2,
    gradientClip: 1,
    groups: [],
    layerDecay: 1,
    averageDecay: 0,
    fresh: [],
    chunkSize: batchSize,
    accumulation: "cached",
    precision: "float32",
    keep: 8,
    seed: 1,
    watch: 64,
    map: 192,
    captions: "one",
    avoidDuplicates: true,
    ...given
  };
}

function check(options: RunOptions): void {
  const must = (name: keyof RunOptions, holds: boolean, what: string) => {
    if (!holds) throw new RangeError(`${name} is ${what}; it was given ${shown(options[name])}`);
  };
  const oneOf = <K extends keyof RunOptions>(name: K, ...values: RunOptions[K][]) => must(name, values.includes(options[name]), values.map((value) => `"${value}"`).join(" or "));
  const between = (name: keyof RunOptions, least: number, most = Infinity) => isNumber(options[name]) && (options[name] as number) >= least && (options[name] as number) <= most;
  const {batchSize, groups, layerDecay, averageDecay, chunkSize, fresh, hardNegatives} = options;
  if (batchSize < 2) throw new RangeError("batchSize is at least 2: with one pair there is nothing to tell it from");
  for (const [name, [least, most]] of Object.entries(runRanges) as [keyof typeof runRanges, readonly [number, number]][]) {
    must(name, Number.isInteger(options[name]) && between(name, least, most), `a whole number from ${least} to ${most.toLocaleString("en")}`);
  }
  must("seed", Number.isSafeInteger(options.seed), "a whole number");
  must("learningRate", between("learningRate", Number.MIN_VALUE, Number.MAX_VALUE), "a number above 0");
  must("gradientClip", between("gradientClip", Number.MIN_VALUE), "a number above 0");
  for (const name of ["weightDecay", "warmupSteps"] as const) must(name, between(name, 0, Number.MAX_VALUE), "a number of at least 0");
  must("layerDecay", isNumber(layerDecay) && layerDecay > 0 && layerDecay <= 1, "a number above 0 and at most 1");
  must("averageDecay", isNumber(averageDecay) && averageDecay >= 0 && averageDecay < 1, "a number of at least 0 and below 1");
  must("groups", Array.isArray(groups) && groups.every(isGroup), "a list of {pattern, learningRate?, weightDecay?, frozen?}");
  must("fresh", Array.isArray(fresh) && fresh.every(isPattern), "a list of path patterns");
  must("model", typeof options.model === "string" && options.model.length <= 200, "a preset's name");
  must("avoidDuplicates", typeof options.avoidDuplicates === "boolean", "true or false");
  must("hardNegatives", hardNegatives === undefined || (isObject(hardNegatives) && Array.isArray(hardNegatives.share) && hardNegatives.share.every((name: unknown) => typeof name === "string") && isNumber(hardNegatives.size)), "{share: names of factors, size}");
  oneOf("imageTower", "train", "locked");
  oneOf("textTower", "preset", "transformer", "cbow");
  oneOf("captions", "one", "in turn");
  oneOf("accumulation", "cached", "separate");
  oneOf("precision", "float32", "float16");
  if (options.precision === "float16") {
    throw new RangeError('precision "float16" is not to be had: TensorFlow.js keeps the numbers of every tensor as float32 on all of its backends. Checkpoints can be written in half precision');
  }
  if (options.augment) checkAugment(options.augment);
  if (chunkSize > batchSize) throw new RangeError(`chunkSize ${chunkSize} is more than the batchSize ${batchSize}`);
  if (batchSize % chunkSize !== 0) throw new RangeError(`batchSize ${batchSize} is no multiple of chunkSize ${chunkSize}: every chunk has the same number of pairs`);
}

/** No text, whatever it can be compared with, and not NaN. */
const isNumber = (value: unknown): value is number => typeof value === "number" && !Number.isNaN(value);

/** Short, and with few stars: each multiplies the ways in which it can match. */
const isPattern = (value: unknown) => typeof value === "string" && value.length <= 200 && value.split("*").length <= 8;

function isGroup(group: unknown): boolean {
  const isFactor = (value: unknown) => value === undefined || (isNumber(value) && value >= 0 && value < Infinity);
  return isObject(group) && isPattern(group.pattern) && isFactor(group.learningRate) && isFactor(group.weightDecay) && (group.frozen === undefined || typeof group.frozen === "boolean");
}

function withoutInputs({pairs: _, functions: __, from: ___, ...options}: RunSpec): Partial<RunOptions> {
  return options;
}

function withoutUndefined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
}
