/** WebDataset samples: members of a tar that share a key, and what they say. The convention open_clip and img2dataset use. */
import {isObject, parseJson, shown} from "../json.ts";
import type {Json} from "../json.ts";
import {limits, past} from "../limits.ts";
import {splitNamed} from "./captions/table.ts";
import {hasImageName} from "./image.ts";
import type {Split} from "./pairs.ts";

/** Cuts a member's path into WebDataset's key (all up to the first dot of the file name) and extension. */
export function keyOf(path: string): {key: string; extension: string} {
  const name = path.lastIndexOf("/") + 1;
  const dot = path.indexOf(".", name);
  return dot < 0 ? {key: path, extension: ""} : {key: path.slice(0, dot), extension: path.slice(dot + 1).toLowerCase()};
}

export interface SampleText {
  /** The image's name where the sample tells it. */
  id?: string;
  captions: string[];
  split?: Split;
}

/** Whether a member with this extension says something about its image. */
export const isTextMember = (extension: string) => extension === "json" || extension === "txt" || extension === "caption";

/**
 * What the text members of a sample say: captions from the JSON ("captions", "caption", "text", or Karpathy's "sentences"), else from the
 * text file. Throws an Error fit to be put after the sample's key.
 */
export function readSampleText(members: {extension: string; bytes: Uint8Array}[]): SampleText {
  for (const {extension, bytes} of members) {
    const tooLong = past(limits.sampleTextBytes, bytes.length);
    if (tooLong) throw new Error(`has a .${extension} member that ${tooLong}`);
  }
  const decoder = new TextDecoder();
  const text = (extension: string) => {
    const member = members.find((m) => m.extension === extension);
    return member && decoder.decode(member.bytes).replace(/^\uFEFF/, "");
  };
  const json = text("json");
  const told = json === undefined ? {} : toldBy(json);
  const plain = text("txt") ?? text("caption");
  const captions = [told.captions, told.caption, told.text, told.sentences].find((value) => value !== undefined) ?? plain?.split(/\r?\n/) ?? [];
  return {
    ...(typeof told.id === "string" && {id: told.id}),
    captions: (Array.isArray(captions) ? captions : [captions])
      .map((caption: unknown) => (isObject(caption) ? caption.raw : caption))
      .filter((caption) => typeof caption === "string")
      .map((caption) => caption.trim().slice(0, limits.captionCharacters.most))
      .filter((caption) => caption !== ""),
    split: splitNamed(told.split)
  };
}

/** A list is taken for the captions. */
function toldBy(text: string): Json {
  const told = parseJson(text, {name: "has a .json member that"});
  if (Array.isArray(told)) return {captions: told};
  if (!isObject(told)) throw new Error(`has a .json member that is ${shown(told)}, expected {captions: [...]}`);
  return told;
}

/** One sample of a stream of members. */
export interface Sample {
  key: string;
  image?: {path: string; bytes: Uint8Array};
  texts: {extension: string; bytes: Uint8Array}[];
}

/** Gathers neighbouring members with one key. */
export async function* groupSamples(members: AsyncIterable<{path: string; bytes: Uint8Array}>): AsyncGenerator<Sample> {
  let sample: Sample | undefined;
  for await (const {path, bytes} of members) {
    const {key, extension} = keyOf(path);
    if (sample && sample.key !== key) {
      yield sample;
      sample = undefined;
    }
    sample ??= {key, texts: []};
    if (hasImageName(path)) sample.image = {path, bytes};
    else if (isTextMember(extension)) sample.texts.push({extension, bytes});
  }
  if (sample) yield sample;
}
