/** Whether a configuration can be: every kind known, every number whole and in its range, widths that divide. Knows types alone, and builds nothing. */
import {isObject, shown} from "../json.ts";
import type {Json} from "../json.ts";
import {configRanges, mostGrid} from "../limits.ts";
import type {ClipConfig} from "./config.ts";

type Field = keyof typeof configRanges;

/** The numbers of each kind of tower. */
const imageFields: Record<string, readonly Field[]> = {vit: ["sizePx", "patchPx", "width", "layers", "heads"], resnet: ["sizePx", "width", "layers", "heads"], features: ["featureWidth"]};
const textFields: Record<string, readonly Field[]> = {transformer: ["contextLength", "vocabularySize", "width", "heads", "layers"], cbow: ["contextLength", "vocabularySize", "width"]};
const decoderFields: readonly Field[] = ["width", "heads", "layers", "vocabularySize"];

/** Throws a RangeError that begins with `name`, where the configuration is a file's, and names every field that cannot be. */
export function checkConfig<Config extends ClipConfig>(config: Config, name?: string): Config {
  const wrong = isObject(config) ? faultsOf(config as unknown as Json) : [`it is ${shown(config)}; expected an object with image and text`];
  if (isObject(config?.image) && isObject(config.text)) wrong.push(...misfitsOf(config));
  if (wrong.length > 0) throw new RangeError(`${name === undefined ? "" : `${name}: `}This is not a CLIP: ${wrong.join("; ")}. Give the configuration that belongs to the weights.`);
  return config;
}

/** What cannot be, whatever the rest is. */
function faultsOf(config: Json): string[] {
  const wrong: string[] = [];
  const count = (path: string, field: Field, value: unknown) => {
    const [least, most] = configRanges[field];
    if (!(Number.isInteger(value) && (value as number) >= least && (value as number) <= most)) wrong.push(`${path} is ${shownNumber(value)}; expected a whole number from ${least} to ${most.toLocaleString("en")}`);
  };
  const oneOf = (path: string, value: unknown, known: readonly string[]) => {
    if (!known.includes(value as string)) wrong.push(`${path} is ${shown(value)}; expected ${known.map((word) => `"${word}"`).join(" or ")}`);
  };
  const tower = (side: string, kinds: Record<string, readonly Field[]>, more: readonly Field[] = []) => {
    const part = config[side];
    if (!isObject(part)) return void wrong.push(`${side} is ${shown(part)}; expected an object`);
    if (typeof part.kind !== "string" || !Object.hasOwn(kinds, part.kind)) return oneOf(`${side}.kind`, part.kind, Object.keys(kinds));
    for (const field of [...kinds[part.kind], ...more]) {
      const key = field === "featureWidth" ? "width" : field;
      if (part.kind === "resnet" && key === "layers") four(`${side}.layers`, part.layers);
      else count(`${side}.${key}`, field, part[key]);
    }
  };
  const four = (path: string, value: unknown) => {
    if (!Array.isArray(value) || value.length !== 4) wrong.push(`${path} is ${shown(value)}; expected four whole numbers`);
    else value.forEach((one, i) => count(`${path}[${i}]`, "layers", one));
  };

  const hasDecoder = "decoder" in config;
  count("embedDim", "embedDim", config.embedDim);
  tower("image", hasDecoder ? {vit: imageFields.vit} : imageFields, hasDecoder ? ["poolerHeads", "poolerQueries"] : []);
  tower("text", hasDecoder ? {transformer: textFields.transformer} : textFields, hasDecoder ? ["padId"] : []);
  if (hasDecoder) {
    const {decoder, captionWeight} = config;
    if (!isObject(decoder)) wrong.push(`decoder is ${shown(decoder)}; expected an object`);
    else for (const field of decoderFields) count(`decoder.${field}`, field, decoder[field]);
    if (!isNumberFrom(captionWeight, 0, 1000)) wrong.push(`captionWeight is ${shownNumber(captionWeight)}; expected a number from 0 to 1,000`);
  }
  oneOf("activation", config.activation, ["gelu", "quickGelu"]);
  for (const side of ["imageHead", "textHead"]) oneOf(side, config[side], ["linear", "residual", "none"]);
  if (!isNumberFrom(config.headDropout, 0, 0.999)) wrong.push(`headDropout is ${shownNumber(config.headDropout)}; expected a number of at least 0 and below 1`);
  return wrong;
}

/** What cannot be together; of numbers that are whole, as all others are faults already. */
function misfitsOf(config: ClipConfig): string[] {
  const wrong: string[] = [];
  const {image, text, embedDim} = config;
  const multiple = (what: string, width: number, of: string, heads: number) => areWhole(width, heads) && width % heads !== 0 && wrong.push(`${what} ${width} is not a multiple of ${of} ${heads}`);
  if (image.kind === "vit") {
    multiple("image.width", image.width, "image.heads", image.heads);
    if (image.patchPx > image.sizePx) wrong.push(`image.patchPx ${image.patchPx} is larger than image.sizePx ${image.sizePx}`);
    if (image.sizePx / image.patchPx > mostGrid) wrong.push(`image.sizePx ${image.sizePx} makes more than ${mostGrid} x ${mostGrid} patches of image.patchPx ${image.patchPx}; expected fewer`);
  }
  if (image.kind === "resnet") {
    multiple("32 * image.width", image.width * 32, "image.heads", image.heads);
    if (image.sizePx < 32) wrong.push(`image.sizePx ${image.sizePx} is less than the 32 by which a ResNet shrinks it`);
  }
  if (text.kind === "transformer") multiple("text.width", text.width, "text.heads", text.heads);
  const widths = {image: image.kind === "resnet" ? image.width * 32 : image.width, text: text.width};
  for (const side of ["image", "text"] as const) {
    if (config[`${side}Head`] === "none" && areWhole(widths[side], embedDim) && widths[side] !== embedDim) wrong.push(`${side}Head is "none", so embedDim ${embedDim} would have to be the tower's ${widths[side]}`);
  }
  return wrong;
}

const areWhole = (...values: unknown[]) => values.every(Number.isInteger);
const isNumberFrom = (value: unknown, least: number, most: number) => typeof value === "number" && value >= least && value <= most;

const shownNumber = (value: unknown) => (typeof value === "number" ? value.toLocaleString("en") : shown(value));
