/** The two JSON forms of captions: Karpathy's data sets and COCO's annotations. */
import {isObject, shown} from "../../json.ts";
import type {Json} from "../../json.ts";
import {splitNamed, TableBuilder} from "./table.ts";
import type {CaptionTable} from "./table.ts";

/** dataset_flickr30k.json and its like: {images: [{filename, split, sentences: [{raw}]}]}. */
export function readKarpathy(images: unknown[], where: string): CaptionTable {
  const table = new TableBuilder("Karpathy's JSON, with splits", where);
  images.forEach((image, i) => {
    if (!isObject(image)) return table.problem(`images[${i}] is ${shown(image)}, expected {filename, sentences}; it was left out`, {kept: false});
    const name = [image.filepath, image.filename].filter((part) => typeof part === "string" && part !== "").join("/");
    const split = splitNamed(image.split);
    if (image.split !== undefined && !split) table.problem(`images[${i}] (${name}) is of the split ${shown(image.split)}; expected train, restval, val or test; it is taken for train`, {kept: true});
    const sentences: unknown[] = Array.isArray(image.sentences) ? image.sentences : [];
    if (name === "" || sentences.length === 0) table.problem(`images[${i}] ${name === "" ? "has no filename" : `(${name}) has no sentences`}; it was left out`, {kept: false});
    for (const sentence of sentences) {
      table.add(name, isObject(sentence) ? textOf(sentence) : "", {split: split ?? (image.split === undefined ? undefined : "train")});
    }
  });
  return table.build();
}

function textOf({raw, tokens}: Json): string {
  if (typeof raw === "string") return raw;
  return Array.isArray(tokens) && tokens.every((token) => typeof token === "string") ? tokens.join(" ") : "";
}

/** captions_val2017.json and its like: {images: [{id, file_name}], annotations: [{image_id, caption}]}. */
export function readCoco(images: unknown[], annotations: unknown[], where: string): CaptionTable {
  const table = new TableBuilder("COCO's captions JSON", where);
  const named = images.filter((image, i): image is Json & {file_name: string} => {
    const isNamed = isObject(image) && typeof image.file_name === "string";
    if (!isNamed) table.problem(`images[${i}] is ${shown(image)}, expected {id, file_name}; it was left out`, {kept: false});
    return isNamed;
  });
  const captions = new Map<unknown, string[]>(named.map(({id}) => [id, []]));
  annotations.forEach((annotation, i) => {
    if (!isObject(annotation)) return table.problem(`annotations[${i}] is ${shown(annotation)}, expected {image_id, caption}; it was left out`, {kept: false});
    const own = captions.get(annotation.image_id);
    if (!own) table.problem(`annotations[${i}] is about the image ${shown(annotation.image_id)}, which "images" does not name; it was left out`, {kept: false});
    else own.push(typeof annotation.caption === "string" ? annotation.caption : "");
  });
  // In the order of the images: annotations come in the order of their making.
  for (const {id, file_name: name} of named) for (const caption of captions.get(id) ?? []) table.add(name, caption);
  return table.build();
}
