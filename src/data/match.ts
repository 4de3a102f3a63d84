/** Brings captions and images together by name, and divides them into splits. Reads no pixels. */
import {seededRandom} from "../tensor/random.ts";
import type {Captioned, CaptionTable} from "./captions/table.ts";
import type {Files} from "./files/files.ts";
import {hasImageName} from "./image.ts";
import type {Problem, Split} from "./pairs.ts";
import {Problems} from "./problems.ts";

/** An image that is there and has captions; not decoded yet. */
export interface FoundPair {
  /** As the captions name it: unique in its set. */
  id: string;
  /** Where it lies in its files. */
  path: string;
  /** The image file's bytes. */
  size: number;
  captions: string[];
  split: Split;
}

export interface Matched {
  pairs: FoundPair[];
  problems: Problem[];
  /** Where the splits come from, in words. */
  splitsFrom: string;
}

/**
 * Matches by path, or else by file name alone. Names are compared in Unicode's composed form: the same accent can be
 * written in two ways. A caption without its image and an image without captions are problems, and cost no one else.
 * `splits` names each image's split; without one, the table's own, or else a seeded 80 : 10 : 10.
 */
export function matchPairs(
  files: Pick<Files, "name" | "entries">,
  table: CaptionTable,
  {where, splits, seed = 1}: {where: string; splits?: {table: CaptionTable; where: string}; seed?: number | string}
): Matched {
  const problems = new Problems();
  const images = files.entries.filter((entry) => hasImageName(entry.path));
  const find = finder(images.map((entry) => entry.path));
  const sizes = new Map(images.map(({path, size}) => [path, size]));
  const used = new Set<string>();
  const found: {row: Captioned; path: string}[] = [];
  for (const row of table.images) {
    const path = find(row.image);
    if (path === undefined) {
      const many = row.captions.length === 1 ? "its caption was" : `its ${row.captions.length} captions were`;
      problems.add({where, line: row.line, what: `the image ${row.image} is not in ${files.name}; ${many} left out`, kept: false});
    } else if (used.has(path)) problems.add({where, line: row.line, what: `${row.image} means the image ${path}, which another row means too; it was left out`, kept: false});
    else {
      used.add(path);
      found.push({row, path});
    }
  }
  for (const {path} of images) if (!used.has(path)) problems.add({where: `${files.name}/${path}`, what: "no caption is about this image; it was left out", kept: false});
  const {splitOf, from} = divide(found.map(({row}) => row), {splits, seed, problems});
  return {pairs: found.map(({row, path}, i) => ({id: row.image, path, size: sizes.get(path)!, captions: row.captions, split: splitOf(row, i)})), problems: problems.list(where), splitsFrom: from};
}

/** From a name in the captions to a path in the files. */
function finder(paths: string[]): (name: string) => string | undefined {
  const byPath = new Map(paths.map((path) => [path.normalize("NFC"), path]));
  const byName = new Map<string, string | null>();
  for (const path of paths) {
    const name = fileName(path.normalize("NFC"));
    // Two files of one name in two folders: the name alone says nothing.
    byName.set(name, byName.has(name) ? null : path);
  }
  return (image) => {
    const name = image.normalize("NFC").replaceAll("\\", "/").replace(/^\.\//, "");
    return byPath.get(name) ?? byName.get(fileName(name)) ?? undefined;
  };
}

function divide(rows: Captioned[], {splits, seed, problems}: {splits?: {table: CaptionTable; where: string}; seed: number | string; problems: Problems}) {
  if (splits) {
    const named = new Map(splits.table.images.map((row) => [fileName(row.image.normalize("NFC")), row.split]));
    const unnamed = rows.filter((row) => !named.get(fileName(row.image.normalize("NFC"))));
    if (unnamed.length > 0) problems.add({where: splits.where, what: `gives no split for ${unnamed.length} images (the first is ${unnamed[0].image}); they train`, kept: true});
    return {splitOf: (row: Captioned): Split => named.get(fileName(row.image.normalize("NFC"))) ?? "train", from: splits.where};
  }
  if (rows.some((row) => row.split)) return {splitOf: (row: Captioned): Split => row.split ?? "train", from: "the captions file"};
  // By name, so that the order of the rows does not matter.
  const order = rows.map((_, i) => i).sort((a, b) => (rows[a].image < rows[b].image ? -1 : 1));
  const held = new Map<number, Split>();
  const tenth = Math.floor(rows.length / 10);
  seededRandom(`splits/${seed}`).shuffle(order).forEach((row, i) => i < 2 * tenth && held.set(row, i < tenth ? "val" : "test"));
  return {splitOf: (_row: Captioned, i: number): Split => held.get(i) ?? "train", from: `the seed ${seed} (80 % train, 10 % val, 10 % test)`};
}

const fileName = (path: string) => path.slice(path.lastIndexOf("/") + 1);
