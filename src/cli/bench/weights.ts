/** A preset's seeded starting weights as plain arrays, for peers that are not tfjs. */
import {clipSpecs} from "../../clip/clip.ts";
import {preset} from "../../clip/presets.ts";
import {startingValues} from "../../tensor/parameters.ts";
import {seededRandom} from "../../tensor/random.ts";
import {training} from "./training.ts";

export interface Weight {
  path: string;
  shape: number[];
  /** A running statistic, which no optimizer moves. */
  buffer: boolean;
  values: Float32Array;
}

/** The same values that `createClip` starts from with the benchmark's seed. */
export function weightsOf(name: string): Weight[] {
  const random = seededRandom(training.seed);
  return [...clipSpecs(preset(name))].map(([path, spec]) => ({path, shape: spec.shape, buffer: spec.buffer ?? false, values: startingValues(path, spec, random)}));
}
