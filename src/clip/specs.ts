/** Which parameters a configuration has, whichever model it is of. */
import {limits, past} from "../limits.ts";
import {countParameters} from "../tensor/parameters.ts";
import type {ParameterSpecs} from "../tensor/parameters.ts";
import {clipSpecs} from "./clip.ts";
import {cocaSpecs} from "./coca.ts";
import type {CocaConfig} from "./coca.ts";
import type {ClipConfig} from "./config.ts";

/** Whether a configuration is a CoCa's, which has a decoder beside CLIP's two towers. */
export function isCoca(config: ClipConfig | CocaConfig): config is CocaConfig {
  return "decoder" in config;
}

/** Shapes and starts of every parameter. */
export function specsOf(config: ClipConfig): ParameterSpecs {
  return isCoca(config) ? cocaSpecs(config) : clipSpecs(config);
}

/** Throws a RangeError that begins with the file's name where a model would have more parameters than any that is made here. Nothing is allocated. */
export function checkSize(specs: ParameterSpecs, name: string): void {
  const tooLarge = past(limits.parameters, countParameters(specs));
  if (tooLarge) throw new RangeError(`${name} ${tooLarge}.`);
}
