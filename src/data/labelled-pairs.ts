/** Labelled pictures as a set of pairs: each picture's one caption is the name of its class, which is its factor `class`, too. */
import {openArchive} from "./files/archive.ts";
import {blobBytes} from "./files/files.ts";
import type {Files} from "./files/files.ts";
import {servedFiles} from "./files/served.ts";
import {openDropped} from "./import.ts";
import type {DroppedFile} from "./import.ts";
import type {LabelledFiles, LabelledSet} from "./labels.ts";
import type {PairSet} from "./pairs.ts";
import type {StreamedPair} from "./shards.ts";
import {resizeAndCrop} from "./preprocess.ts";
import type {LabelledOptions} from "./labels.ts";

/**
 * The files that a source names: dropped ones, an archive at an address, or a folder at an address whose files the server lists.
 * @throws Error naming the address that cannot be read.
 */
export async function labelledFiles(source: string, {files, baseUrl, signal}: {files?: DroppedFile[]; baseUrl: string; signal?: AbortSignal}): Promise<Files> {
  if (files) return openDropped(files, source);
  const address = new URL(source, baseUrl).href;
  if (!/\.(zip|tar|tgz|tar\.gz)$/i.test(source)) return servedFiles(address, {name: source, signal});
  const response = await fetch(address, {signal});
  if (!response.ok) throw new Error(`${source} could not be read (${response.status}): expected an archive of labelled pictures there`);
  return openArchive(blobBytes(await response.blob(), source));
}

/** A labelled set whose rows are pairs. */
export function pairsOfLabelled({name, ids, sizePx, pixels, splits, labels, classes, problems}: LabelledSet): PairSet {
  const named = Array.from(labels, (label) => classes[label]);
  return {name, ids, sizePx, pixels, splits, problems, captions: named.map((label) => [label]), factors: {class: named}};
}

/** The same pictures one by one, none kept, for what looks at each once. */
export async function* streamLabelled({classes, pictures}: LabelledFiles, options: Omit<LabelledOptions, "sizePx">): AsyncGenerator<StreamedPair> {
  for await (const {id, label, split, image} of pictures(options)) yield {id, captions: [classes[label]], split, image, pixels: (sizePx) => resizeAndCrop(image, sizePx)};
}
