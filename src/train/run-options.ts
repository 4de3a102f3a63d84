/** A RunSpec made total: every default filled in, every value checked. Makes nothing. */
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
export function checkSavedOptions(saved: Record<string, unknown>, name: string): void {
  try {
    check(withDefaults(withoutUndefined(saved) as Partial<RunOptions>, "train"));
  } catch (error) {
    throw new RangeError(`${name}: among the options of its run, ${(error as Error).message}`);
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
    const came = typeof options[name] === "number" ? String(options[name]) : (JSON.stringify(options[name]) ?? "a function").slice(0, 100);
    if (!holds) throw new RangeError(`${name} is ${what}; it was given ${came}`);
  };
  const oneOf = <K extends keyof RunOptions>(name: K, ...values: RunOptions[K][]) => must(name, values.includes(options[name]), values.map((value) => `"${value}"`).join(" or "));
  const isNumber = (value: unknown) => typeof value === "number" && !Number.isNaN(value);
  const {batchSize, groups, layerDecay, averageDecay, chunkSize, keep, map, warmupSteps, weightDecay} = options;
  for (const name of ["batchSize", "steps", "watch", "chunkSize"] as const) must(name, Number.isInteger(options[name]) && options[name] >= 1, "a whole number of at least 1");
  if (batchSize < 2) throw new RangeError("batchSize is at least 2: with one pair there is nothing to tell it from");
  for (const name of ["learningRate", "gradientClip"] as const) must(name, isNumber(options[name]) && options[name] > 0, "a number above 0");
  must("learningRate", options.learningRate < Infinity, "a number above 0");
  must("seed", Number.isSafeInteger(options.seed), "a whole number");
  must("model", typeof options.model === "string" && options.model.length <= 200, "a preset's name");
  must("weightDecay", Number.isFinite(weightDecay) && weightDecay >= 0, "a number of at least 0");
  must("warmupSteps", Number.isFinite(warmupSteps) && warmupSteps >= 0, "a number of at least 0");
  must("layerDecay", isNumber(layerDecay) && layerDecay > 0 && layerDecay <= 1, "a number above 0 and at most 1");
  must("averageDecay", isNumber(averageDecay) && averageDecay >= 0 && averageDecay < 1, "a number of at least 0 and below 1");
  for (const [name, value] of [["keep", keep], ["map", map]] as const) must(name, Number.isInteger(value) && value >= 0, "a whole number of at least 0");
  must("groups", Array.isArray(groups) && groups.every((group) => typeof group?.pattern === "string"), "a list of {pattern, learningRate?, weightDecay?, frozen?}");
  must("fresh", Array.isArray(options.fresh) && options.fresh.every((pattern) => typeof pattern === "string"), "a list of path patterns");
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

function withoutInputs({pairs: _, functions: __, from: ___, ...options}: RunSpec): Partial<RunOptions> {
  return options;
}

function withoutUndefined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
}
