/** Small pair sets as a person has them on disk: a folder of JPEGs with a captions file, and the same as a zip. */
import {mkdir, writeFile} from "node:fs/promises";
import {join} from "node:path";
import {BlobWriter, TextReader, Uint8ArrayReader, ZipWriter} from "@zip.js/zip.js";
import sharp from "sharp";
import {postcards} from "../../src/data/index.ts";

/** Names with the bytes of `count` postcards of 48 px, and the text of a captions file. */
export async function somePairs(count: number): Promise<{images: {name: string; bytes: Uint8Array}[]; captions: string; names: string[]; texts: string[][]}> {
  const set = postcards({count, seed: 3, sizePx: 48});
  const images = await Promise.all(set.ids.map(async (id, i) => {
    const rgb = set.pixels.subarray(i * 6912, (i + 1) * 6912);
    return {name: `${id}.jpg`, bytes: new Uint8Array(await sharp(rgb, {raw: {width: 48, height: 48, channels: 3}}).jpeg().toBuffer())};
  }));
  const captions = ["image,caption", ...set.captions.flatMap((five, i) => five.map((caption) => `${set.ids[i]}.jpg,"${caption}"`))].join("\n");
  return {images, captions, names: images.map(({name}) => name), texts: set.captions};
}

/** Writes the set as a zip; gives its path. */
export async function writeZip(path: string, count: number): Promise<string> {
  const {images, captions} = await somePairs(count);
  const zip = new ZipWriter(new BlobWriter(), {level: 0});
  for (const {name, bytes} of images) await zip.add(`images/${name}`, new Uint8ArrayReader(bytes));
  await zip.add("captions.txt", new TextReader(captions));
  await writeFile(path, new Uint8Array(await (await zip.close()).arrayBuffer()));
  return path;
}

/** Writes the set as a folder with its images two folders down; gives its path. */
export async function writeFolder(path: string, count: number): Promise<string> {
  const {images, captions} = await somePairs(count);
  const inside = join(path, "deep", "images");
  await mkdir(inside, {recursive: true});
  for (const {name, bytes} of images) await writeFile(join(inside, name), bytes);
  await writeFile(join(path, "captions of mine.txt"), captions);
  return path;
}
