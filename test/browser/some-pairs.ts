/** Pair sets as a person has them on disk: a folder of JPEGs with a captions file, or a zip; generated, or photos where the Flickr30k subset is at hand. */
import {existsSync, readdirSync, readFileSync} from "node:fs";
import {mkdir, writeFile} from "node:fs/promises";
import {join} from "node:path";
import {BlobWriter, TextReader, Uint8ArrayReader, ZipWriter} from "@zip.js/zip.js";
import sharp from "sharp";
import {postcards} from "../../src/data/index.ts";
import {sharedFolder} from "../left-out.ts";

/** Where the photos are, if they are. */
export const flickr = join(sharedFolder, "flickr30k-subset");
export const hasFlickr = existsSync(flickr);

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

/** File names and bytes, and the captions as Kaggle's results.csv has them. */
export interface Photos {
  photos: {name: string; bytes: Uint8Array}[];
  captions: string;
}

/** Photos of the subset, the one with the defective row of results.csv among them. */
export async function somePhotos(count: number): Promise<Photos> {
  const text = readFileSync(join(flickr, "results.csv"), "utf8");
  const names = readdirSync(join(flickr, "images")).sort();
  const chosen = [...names.slice(0, count - 1), "2199200615.jpg"].sort();
  const kept = new Set(chosen);
  const rows = text.split("\n").filter((row, i) => i === 0 || kept.has(row.split("|")[0]));
  return {photos: chosen.map((name) => ({name, bytes: new Uint8Array(readFileSync(join(flickr, "images", name)))})), captions: rows.join("\n")};
}

/** Postcards in the same form, with the same defect. */
export async function somePostcards(count: number): Promise<Photos> {
  const set = postcards({count, seed: 1, sizePx: 64});
  const photos = await Promise.all(set.ids.map(async (id, i) => {
    const rgb = set.pixels.subarray(i * 64 * 64 * 3, (i + 1) * 64 * 64 * 3);
    return {name: `${id}.jpg`, bytes: new Uint8Array(await sharp(rgb, {raw: {width: 64, height: 64, channels: 3}}).jpeg({quality: 95}).toBuffer())};
  }));
  const rows = set.captions.flatMap((five, i) => five.map((caption, k) => (i === 7 && k === 4 ? `${set.ids[i]}.jpg| 4   ${caption}` : `${set.ids[i]}.jpg| ${k}| ${caption}`)));
  return {photos, captions: ["image_name| comment_number| comment", ...rows].join("\n")};
}

/** A zip of images as they are, and of texts. */
export async function zipOf(members: {name: string; bytes: Uint8Array}[], texts: Record<string, string>): Promise<Uint8Array> {
  const zip = new ZipWriter(new BlobWriter(), {level: 0});
  for (const {name, bytes} of members) await zip.add(name, new Uint8ArrayReader(bytes));
  for (const [name, text] of Object.entries(texts)) await zip.add(name, new TextReader(text), {level: 6});
  return new Uint8Array(await (await zip.close()).arrayBuffer());
}
