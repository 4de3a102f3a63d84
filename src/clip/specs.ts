/** Which parameters a configuration has, whichever model it is of. */
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
