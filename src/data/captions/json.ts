/** The two JSON forms of captions: Karpathy's data sets and COCO's annotations. */
import {splitNamed, TableBuilder} from "./table.ts";
import type {CaptionTable} from "./table.ts";

/** dataset_flickr30k.json and its like: {images: [{filename, split, sentences: [{raw}]}]}. */
export function readKarpathy(images: Record<string, unknown>[], where: string): CaptionTable {
  const table = new TableBuilder("Karpathy's JSON, with splits", where);
  images.forEach((image, i) => {
    const name = [image.filepath, image.filename].filter((part) => typeof part === "string" && part !== "").join("/");
    const split = splitNamed(image.split);
    if (image.split !== undefined && !split) table.problem(`images[${i}] (${name}) is of the split "${String(image.split)}"; expected train, restval, val or test; it is taken for train`, {kept: true});
    const sentences = Array.isArray(image.sentences) ? (image.sentences as Record<string, unknown>[]) : [];
    if (name === "" || sentences.length === 0) table.problem(`images[${i}] ${name === "" ? "has no filename" : `(${name}) has no sentences`}; it was left out`, {kept: false});
    for (const sentence of sentences) {
      const text = typeof sentence.raw === "string" ? sentence.raw : Array.isArray(sentence.tokens) ? sentence.tokens.join(" ") : "";
      table.add(name, text, {split: split ?? (image.split === undefined ? undefined : "train")});
    }
  });
  return table.build();
}

/** captions_val2017.json and its like: {images: [{id, file_name}], annotations: [{image_id, caption}]}. */
export function readCoco(images: Record<string, unknown>[], annotations: Record<string, unknown>[], where: string): CaptionTable {
  const table = new TableBuilder("COCO's captions JSON", where);
  const names = new Map(images.map((image) => [image.id, image.file_name]));
  const captions = new Map<unknown, string[]>();
  annotations.forEach((annotation, i) => {
    const id = annotation.image_id;
    if (typeof names.get(id) !== "string") table.problem(`annotations[${i}] is about the image ${String(id)}, which "images" does not name; it was left out`, {kept: false});
    else captions.set(id, [...(captions.get(id) ?? []), typeof annotation.caption === "string" ? annotation.caption : ""]);
  });
  // In the order of the images: annotations come in the order of their making.
  for (const image of images) {
    if (typeof image.file_name !== "string") continue;
    for (const caption of captions.get(image.id) ?? []) table.add(image.file_name, caption);
  }
  return table.build();
}
