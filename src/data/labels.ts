/** Pictures with one class each, for zero-shot and probes: CIFAR's binary files and any `class/name.jpg` tree. No captions. */
import {limits, past} from "../limits.ts";
import type {Decode} from "./decode.ts";
import type {FileEntry, Files} from "./files/files.ts";
import {hasImageName} from "./image.ts";
import type {Problem} from "./pairs.ts";
import {checkSizePx, resizeAndCrop} from "./preprocess.ts";
import type {RgbImage} from "./preprocess.ts";

export interface LabelledSet {
  name: string;
  ids: string[];
  sizePx: number;
  /** uint8 RGB, [count, sizePx, sizePx, 3]. */
  pixels: Uint8Array;
  /** Index into `classes`, one a picture. */
  labels: Int32Array;
  classes: string[];
  /** "train" or "test" where the files tell. */
  splits: ("train" | "test")[];
  problems: Problem[];
}

/** One picture of a labelled set, decoded. */
export interface LabelledPicture {
  id: string;
  /** Index into the set's classes. */
  label: number;
  split: "train" | "test";
  image: RgbImage;
}

export interface LabelledOptions {
  /** Side of the squares; CIFAR's own 32 unless given. */
  sizePx?: number;
  decode: Decode;
  /** At most so many pictures of a class and split. */
  perClass?: number;
  /** Told after every picture that was looked at. */
  onProgress?: (done: number, total: number) => void;
  /** Told of every picture that could not be read; the others go on. */
  onProblem?: (problem: Problem) => void;
}

/** What labelled files hold, before any picture is decoded. */
export interface LabelledFiles {
  name: string;
  classes: string[];
  /** One picture after the other; a set of any size can be looked at through it. */
  pictures(options: Omit<LabelledOptions, "sizePx">): AsyncGenerator<LabelledPicture>;
}

export const cifar10Classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

const cifarBytes = 32 * 32 * 3;

/** Tells which of the two forms the files have. Throws an Error naming them when it is neither. */
export async function findLabelled(files: Files): Promise<LabelledFiles> {
  const binary = files.entries.filter(({path, size}) => /\.bin$/.test(path) && (size % (cifarBytes + 1) === 0 || size % (cifarBytes + 2) === 0));
  if (binary.length > 0) return findCifar(files, binary);
  const inFolders = files.entries.filter(({path}) => hasImageName(path) && path.includes("/"));
  if (inFolders.length > 0) return findTree(files, inFolders.map(({path}) => path));
  throw new Error(`${files.name} holds no labelled pictures: expected folders named after classes with images in them, or CIFAR's .bin files`);
}

/**
 * Opens labelled pictures whole, as squares, packed.
 * @throws Error naming the files where they are no labelled pictures, or where none of them can be read.
 */
export async function openLabelled(files: Files, {sizePx = 32, ...options}: LabelledOptions): Promise<LabelledSet> {
  checkSizePx(sizePx);
  const {name, classes, pictures} = await findLabelled(files);
  const set = {name, sizePx, classes, ids: [] as string[], splits: [] as ("train" | "test")[], problems: [] as Problem[]};
  const labels: number[] = [];
  const squares: Uint8Array[] = [];
  const onProblem = (problem: Problem) => {
    set.problems.push(problem);
    options.onProblem?.(problem);
  };
  for await (const {id, label, split, image} of pictures({...options, onProblem})) {
    const tooMuch = past(limits.setBytes, (squares.length + 1) * sizePx ** 2 * 3);
    if (tooMuch) throw new Error(`${name} ${tooMuch}`);
    squares.push(resizeAndCrop(image, sizePx));
    set.ids.push(id);
    set.splits.push(split);
    labels.push(label);
  }
  if (squares.length === 0) throw new Error(`none of the pictures of ${name} could be read${set.problems[0] ? `; the first: ${set.problems[0].what}` : ""}`);
  return {...set, labels: Int32Array.from(labels), pixels: packed(squares)};
}

/** data_batch_1.bin and its like: a label (CIFAR-100: a coarse one and a fine one), then 1,024 red, green and blue bytes. */
async function findCifar(files: Files, batches: FileEntry[]): Promise<LabelledFiles> {
  const headOf = (size: number) => (size % (cifarBytes + 1) === 0 ? 1 : 2);
  const fine = batches.some(({size}) => headOf(size) === 2);
  const classes = await cifarNames(files, fine);
  return {
    name: files.name,
    classes,
    async *pictures({perClass = Infinity, onProgress, onProblem}) {
      const total = batches.reduce((sum, {size}) => sum + size / (headOf(size) + cifarBytes), 0);
      const count = counter(perClass);
      let done = 0;
      for (const {path} of batches) {
        const bytes = await files.read(path);
        const head = headOf(bytes.length);
        const split = /test/i.test(path) ? "test" : "train";
        for (let at = 0, i = 0; at < bytes.length; at += head + cifarBytes, i++) {
          const label = bytes[at + head - 1];
          onProgress?.(++done, total);
          if (label >= classes.length) {
            onProblem?.({where: `${files.name}/${path}#${i}`, what: `is of class ${label}, and there are ${classes.length} names of classes; it was left out`, kept: false});
            continue;
          }
          if (!count(`${split}/${label}`)) continue;
          const rgb = new Uint8Array(cifarBytes);
          for (let p = 0; p < 1024; p++) for (let c = 0; c < 3; c++) rgb[p * 3 + c] = bytes[at + head + c * 1024 + p];
          yield {id: `${path}#${i}`, label, split, image: {rgb, width: 32, height: 32}};
        }
      }
    }
  };
}

/** Names lie beside the batches; CIFAR-10's are known anyway. */
async function cifarNames(files: Files, fine: boolean): Promise<string[]> {
  const entry = files.entries.find(({path}) => (fine ? /fine_label_names\.txt$/ : /batches\.meta\.txt$/).test(path));
  if (entry) return new TextDecoder().decode(await files.read(entry.path)).split(/\r?\n/).map((name) => name.trim().replaceAll("_", " ")).filter((name) => name !== "");
  return fine ? Array.from({length: 100}, (_, i) => `class ${i}`) : cifar10Classes;
}

/** `[train/]dog/1.jpg`: the last folder is the class; a folder called train or test above it is the split. */
function findTree(files: Files, paths: string[]): LabelledFiles {
  const folderOf = (path: string) => path.split("/").slice(-2)[0];
  const folders = [...new Set(paths.map(folderOf))].sort();
  const labelOf = new Map(folders.map((folder, label) => [folder, label]));
  const sizes = new Map(files.entries.map(({path, size}) => [path, size]));
  return {
    name: files.name,
    classes: folders.map((name) => name.replaceAll("_", " ")),
    async *pictures({decode, perClass = Infinity, onProgress, onProblem}) {
      const count = counter(perClass);
      for (const [i, path] of paths.entries()) {
        const split = /(^|\/)(test|val|valid|validation)\//i.test(path) ? "test" : "train";
        onProgress?.(i + 1, paths.length);
        if (!count(`${split}/${folderOf(path)}`)) continue;
        let image: RgbImage;
        try {
          const tooLarge = past(limits.imageBytes, sizes.get(path)!);
          if (tooLarge) throw new Error(tooLarge);
          image = await decode(await files.read(path));
        } catch (error) {
          onProblem?.({where: `${files.name}/${path}`, what: `${(error as Error).message}; it was left out`, kept: false});
          continue;
        }
        yield {id: path, label: labelOf.get(folderOf(path))!, split, image};
      }
    }
  };
}

function counter(limit: number): (key: string) => boolean {
  const counts = new Map<string, number>();
  return (key) => {
    const before = counts.get(key) ?? 0;
    counts.set(key, before + 1);
    return before < limit;
  };
}

function packed(pictures: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pictures.reduce((sum, picture) => sum + picture.length, 0));
  let at = 0;
  for (const picture of pictures) {
    all.set(picture, at);
    at += picture.length;
  }
  return all;
}
