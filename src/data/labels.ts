/** Pictures with one class each, for zero-shot and probes: CIFAR's binary files and any `class/name.jpg` tree. No captions. */
import type {Decode} from "./decode.ts";
import type {Files} from "./files/files.ts";
import {hasImageName} from "./image.ts";
import type {Problem} from "./pairs.ts";
import {resizeAndCrop} from "./preprocess.ts";

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

export interface LabelledOptions {
  /** Side of the squares; CIFAR's own 32 unless given. */
  sizePx?: number;
  decode: Decode;
  /** At most so many pictures of a class and split. */
  perClass?: number;
}

export const cifar10Classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

const cifarBytes = 32 * 32 * 3;

/** Opens labelled pictures, in whichever of the two forms the files have. Throws an Error naming them when it is neither. */
export async function openLabelled(files: Files, options: LabelledOptions): Promise<LabelledSet> {
  const binary = files.entries.filter(({path, size}) => /\.bin$/.test(path) && (size % (cifarBytes + 1) === 0 || size % (cifarBytes + 2) === 0));
  if (binary.length > 0) return readCifar(files, binary.map(({path}) => path), options);
  const inFolders = files.entries.filter(({path}) => hasImageName(path) && path.includes("/"));
  if (inFolders.length > 0) return readTree(files, inFolders.map(({path}) => path), options);
  throw new Error(`${files.name} holds no labelled pictures: expected folders named after classes with images in them, or CIFAR's .bin files`);
}

/** data_batch_1.bin and its like: a label (CIFAR-100: a coarse one and a fine one), then 1,024 red, green and blue bytes. */
async function readCifar(files: Files, paths: string[], {sizePx = 32, perClass = Infinity}: LabelledOptions): Promise<LabelledSet> {
  const set = emptySet(files.name, sizePx);
  const pictures: Uint8Array[] = [];
  const count = counter(perClass);
  let fine = false;
  for (const path of paths) {
    const bytes = await files.read(path);
    const head = bytes.length % (cifarBytes + 1) === 0 ? 1 : 2;
    fine ||= head === 2;
    const split = /test/i.test(path) ? "test" : "train";
    for (let at = 0, i = 0; at < bytes.length; at += head + cifarBytes, i++) {
      const label = bytes[at + head - 1];
      if (!count(`${split}/${label}`)) continue;
      const rgb = new Uint8Array(cifarBytes);
      for (let p = 0; p < 1024; p++) for (let c = 0; c < 3; c++) rgb[p * 3 + c] = bytes[at + head + c * 1024 + p];
      pictures.push(resizeAndCrop({rgb, width: 32, height: 32}, sizePx));
      add(set, `${path}#${i}`, label, split);
    }
  }
  set.classes = await cifarNames(files, fine, Math.max(...set.labels) + 1);
  return {...set, labels: Int32Array.from(set.labels), pixels: packed(pictures)};
}

/** Names lie beside the batches; CIFAR-10's are known anyway. */
async function cifarNames(files: Files, fine: boolean, count: number): Promise<string[]> {
  const entry = files.entries.find(({path}) => (fine ? /fine_label_names\.txt$/ : /batches\.meta\.txt$/).test(path));
  if (entry) return new TextDecoder().decode(await files.read(entry.path)).split(/\r?\n/).map((name) => name.trim().replaceAll("_", " ")).filter((name) => name !== "");
  return fine ? Array.from({length: Math.max(count, 100)}, (_, i) => `class ${i}`) : cifar10Classes;
}

/** `[train/]dog/1.jpg`: the last folder is the class; a folder called train or test above it is the split. */
async function readTree(files: Files, paths: string[], {sizePx = 32, decode, perClass = Infinity}: LabelledOptions): Promise<LabelledSet> {
  const set = emptySet(files.name, sizePx);
  const pictures: Uint8Array[] = [];
  const count = counter(perClass);
  const folders = paths.map((path) => path.split("/").slice(-2)[0]);
  set.classes = [...new Set(folders)].sort();
  for (let i = 0; i < paths.length; i++) {
    const split = /(^|\/)(test|val|valid|validation)\//i.test(paths[i]) ? "test" : "train";
    if (!count(`${split}/${folders[i]}`)) continue;
    try {
      pictures.push(resizeAndCrop(await decode(await files.read(paths[i])), sizePx));
      add(set, paths[i], set.classes.indexOf(folders[i]), split);
    } catch (error) {
      set.problems.push({where: `${files.name}/${paths[i]}`, what: `${(error as Error).message}; it was left out`, kept: false});
    }
  }
  if (pictures.length === 0) throw new Error(`none of the ${paths.length} pictures of ${files.name} could be read; the first: ${set.problems[0].what}`);
  set.classes = set.classes.map((name) => name.replaceAll("_", " "));
  return {...set, labels: Int32Array.from(set.labels), pixels: packed(pictures)};
}

const emptySet = (name: string, sizePx: number) => ({name, sizePx, ids: [] as string[], labels: [] as number[], classes: [] as string[], splits: [] as ("train" | "test")[], problems: [] as Problem[]});

function add(set: ReturnType<typeof emptySet>, id: string, label: number, split: "train" | "test") {
  set.ids.push(id);
  set.labels.push(label);
  set.splits.push(split);
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
