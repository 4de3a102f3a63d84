/** Captions that lie beside their images, one small file each: WebDataset shards, and folders made the same way. */
import {limits, past} from "../../limits.ts";
import type {Files} from "../files/files.ts";
import {hasImageName} from "../image.ts";
import {splitNamed, TableBuilder} from "./table.ts";
import type {CaptionTable} from "./table.ts";
import {isTextMember, keyOf, readSampleText} from "../samples.ts";

/** Whether most images have a text of their own key beside them. */
export function hasMemberCaptions(files: Pick<Files, "entries">): boolean {
  const keys = new Set(files.entries.filter(({path}) => isTextMember(keyOf(path).extension)).map(({path}) => keyOf(path).key));
  const images = files.entries.filter(({path}) => hasImageName(path));
  return images.length > 0 && images.filter(({path}) => keys.has(keyOf(path).key)).length > images.length / 2;
}

/** Reads them all. A shard called `test-000000.tar` tells the split of samples that do not tell it themselves. */
export async function readMemberCaptions(files: Files): Promise<CaptionTable> {
  const table = new TableBuilder("WebDataset samples", files.name);
  const samples = new Map<string, {image?: string; texts: string[]}>();
  const sizes = new Map(files.entries.map(({path, size}) => [path, size]));
  for (const {path} of files.entries) {
    const {key, extension} = keyOf(path);
    if (!hasImageName(path) && !isTextMember(extension)) continue;
    const sample = samples.get(key) ?? {texts: []};
    samples.set(key, sample);
    if (hasImageName(path)) sample.image = path;
    else sample.texts.push(path);
  }
  for (const [key, {image, texts}] of samples) {
    if (!image || texts.length === 0) continue;
    try {
      // Before they are unpacked.
      const tooLong = past(limits.sampleTextBytes, Math.max(...texts.map((path) => sizes.get(path)!)));
      if (tooLong) throw new Error(tooLong);
      const told = readSampleText(await Promise.all(texts.map(async (path) => ({extension: keyOf(path).extension, bytes: await files.read(path)}))));
      const split = told.split ?? splitNamed(/(?:^|[/_-])(train|val|test)[-_.\d]/.exec(key)?.[1]);
      for (const caption of told.captions) table.add(image, caption, {split});
    } catch (error) {
      table.problem(`the sample ${key} ${(error as Error).message}; it was left out`, {kept: false});
    }
  }
  return table.build();
}
