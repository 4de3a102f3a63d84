/** A pretrained model kept in this browser, in the place of a run that a lesson would train. It is looked at, not trained. */
import {presetNames} from "../../src/clip/presets.ts";
import type {Progress} from "../../src/train/protocol.ts";
import {models, openModel, openPairs} from "./diagonal.ts";
import type {Pairs} from "./diagonal.ts";
import type {RunHandle} from "./run-handle.ts";

/** Its pictures are large: more of them would fill the memory. */
const mostPictures = 512;
/** Of more pictures or sentences it is told how far the embedding is. */
const inPart = 16;

export interface FetchedOptions {
  /** As `openPairs` takes it. */
  source: string;
  /** A preset, or the name that the model was fetched by. */
  model: string;
  seed?: number;
  /** At most so many pictures, and never more than 512. */
  limit?: number;
  /** Pictures watched. */
  watch?: number;
}

export interface FetchedCell {
  onProgress?: (progress: Progress | null) => void;
  invalidation?: Promise<unknown>;
}

export interface FetchedRun {
  pairs: Pairs;
  run: RunHandle;
  fetched: true;
}

/**
 * Opens pairs at the size of pictures that the model looks at, and the model on them; null where `model` is a preset.
 * @throws Error where neither a preset nor a kept model is called so; RangeError where it does not fit.
 */
export async function openFetched({source, model, seed, limit = mostPictures, watch = 64}: FetchedOptions, {onProgress, invalidation}: FetchedCell = {}): Promise<FetchedRun | null> {
  if (presetNames.includes(model) || model.startsWith("coca")) return null;
  const kept = await models.list();
  const found = kept.find(({name}) => name === model);
  if (!found) throw new Error(`model: no preset (${presetNames.join(", ")}) and no model kept in this browser${kept.length > 0 ? ` (${kept.map(({name}) => name).join(", ")})` : ""} is called "${model}"; fetch it in “A real CLIP” first`);
  const pairs = await openPairs(source, {seed, limit: Math.min(limit, mostPictures), sizePx: found.sizePx, onProgress, invalidation});
  const run = await openModel(model, {pairs, watch, seed, onProgress, invalidation});
  onProgress?.(null);
  return {pairs, run: embeddingInParts(run, onProgress), fetched: true};
}

/** A large model takes a second for a picture: many are asked for in parts, and it is told how far they are. */
function embeddingInParts(run: RunHandle, onProgress?: (progress: Progress | null) => void): RunHandle {
  const embedAtOnce = run.embed;
  const {sizePx} = run.pairs;
  run.embed = async ({texts, rows, pixels}) => {
    const pictures = rows ? rows.length : pixels ? pixels.length / (3 * sizePx ** 2) : 0;
    const total = pictures + (texts?.length ?? 0);
    if (total <= inPart) return embedAtOnce({texts, rows, pixels});
    const width = run.info.config.embedDim;
    const embedded = {texts: texts && new Float32Array(texts.length * width), images: rows || pixels ? new Float32Array(pictures * width) : undefined, width};
    const began = performance.now();
    const say = (done: number) => onProgress?.({what: "Embedding pictures and sentences", done, total, secondsLeft: done > 0 ? ((performance.now() - began) / 1000 / done) * (total - done) : null});
    for (let at = 0; at < pictures; at += inPart) {
      say(at);
      const end = Math.min(at + inPart, pictures);
      const {images} = await embedAtOnce(rows ? {rows: Array.from(rows).slice(at, end)} : {pixels: pixels!.slice(at * 3 * sizePx ** 2, end * 3 * sizePx ** 2)});
      embedded.images!.set(images!, at * width);
    }
    for (let at = 0; at < (texts?.length ?? 0); at += inPart) {
      say(pictures + at);
      embedded.texts!.set((await embedAtOnce({texts: texts!.slice(at, at + inPart)})).texts!, at * width);
    }
    onProgress?.(null);
    return embedded;
  };
  return run;
}
