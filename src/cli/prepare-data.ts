/** `npm run prepare-data`: images and captions to WebDataset shards. The words and numbers on the terminal; the work is in src/data/node/. */
import {readFile, stat} from "node:fs/promises";
import {basename, dirname, join} from "node:path";
import {parseArgs} from "node:util";
import {hasMemberCaptions, readMemberCaptions} from "../data/captions/members.ts";
import {readCaptions} from "../data/captions/read.ts";
import type {CaptionTable} from "../data/captions/table.ts";
import type {Files} from "../data/files/files.ts";
import {matchPairs} from "../data/match.ts";
import {openFiles} from "../data/node/files.ts";
import {prepare} from "../data/node/prepare.ts";
import type {Problem} from "../data/pairs.ts";
import {counted, createEstimate, createProgress} from "./progress.ts";

const usage = `npm run prepare-data -- --images DIR --captions FILE --out DIR [options]

  --images DIR      a folder of images (folders in it too), a .zip, a .tar, or a folder of WebDataset shards
  --captions FILE   captions in any public form; may be left out for WebDataset shards
  --out DIR         where the prepared set goes
  --split NAME      only train, val or test
  --splits FILE     takes the splits from this file (Karpathy's JSON, or a table with a split column);
                    else from the captions, else from a dataset_*.json beside them, else from the seed
  --limit N         only the first N images
  --size PX         keeps CLIP's squares of this side as PNG instead of the original files
  --seed N          for splits that nothing else gives (1)
`;

/** A Karpathy file beside the captions is meant for them. */
const neighbours = ["dataset_flickr30k.json", "dataset_flickr8k.json", "dataset_coco.json"];

async function main(args: string[]) {
  const {values} = parseArgs({
    args,
    options: {
      images: {type: "string"},
      captions: {type: "string"},
      out: {type: "string"},
      split: {type: "string"},
      splits: {type: "string"},
      limit: {type: "string"},
      size: {type: "string"},
      seed: {type: "string", default: "1"},
      help: {type: "boolean", short: "h"}
    }
  });
  if (values.help) return console.log(usage);
  if (!values.images || !values.out) throw new UsageError("--images and --out are needed");
  const limit = wholeNumber("--limit", values.limit, 1);
  const sizePx = wholeNumber("--size", values.size, 8);
  if (values.split && !["train", "val", "test"].includes(values.split)) throw new UsageError(`--split must be train, val or test, not "${values.split}"`);

  const files = await openFiles(values.images);
  try {
    const captions = await loadCaptions(files, values.captions);
    const splits = await loadSplits(captions.table, values);
    const matched = matchPairs(files, captions.table, {where: captions.where, splits, seed: values.seed});
    const pairs = matched.pairs.filter((pair) => !values.split || pair.split === values.split).slice(0, limit);
    console.log(`${captions.where} is ${captions.table.form}: ${many(captions.table.images.length, "image")} named, ${many(pairs.length, "of them")} to prepare. Splits come from ${matched.splitsFrom}.`);
    if (pairs.length === 0) throw new Error(nothingLeft(matched.pairs.length, matched.problems, values.split));
    const problems = [...files.problems, ...captions.table.problems, ...(splits?.table.problems ?? []), ...matched.problems];
    const progress = createProgress();
    const estimate = createEstimate();
    const result = await prepare({
      out: values.out,
      pairs,
      read: (path) => files.read(path),
      sizePx,
      source: {captions: captions.where, form: captions.table.form, splitsFrom: matched.splitsFrom},
      problems,
      onProgress: (done, total) => progress.show("Preparing", counted("image", done, total, estimate))
    });
    progress.end();
    summarise(result, values.out);
  } finally {
    await files.close();
  }
}

async function loadCaptions(files: Files, path: string | undefined): Promise<{table: CaptionTable; where: string}> {
  const stats = path === undefined ? undefined : await stat(path).catch(() => {
    throw new Error(`${path} does not exist: expected a captions file`);
  });
  if (path !== undefined && stats?.isFile() && !/\.(tar|zip)$/.test(path)) return readFileOfCaptions(path);
  // A folder or an archive of captions: samples that lie beside their images.
  if (!hasMemberCaptions(files)) throw new UsageError(path === undefined ? `--captions is needed: ${files.name} holds no captions beside its images` : `${path} is no captions file, and ${files.name} holds no captions beside its images`);
  return {table: await readMemberCaptions(files), where: files.name};
}

/** Named by its file name alone: the same files give the same list of problems, wherever they lie. */
async function readFileOfCaptions(path: string): Promise<{table: CaptionTable; where: string}> {
  const where = basename(path);
  return {table: readCaptions(new Uint8Array(await readFile(path)), where), where};
}

async function loadSplits(table: CaptionTable, {splits, captions}: {splits?: string; captions?: string}): Promise<{table: CaptionTable; where: string} | undefined> {
  if (splits !== undefined) {
    await stat(splits).catch(() => {
      throw new Error(`${splits} does not exist: expected a file with splits`);
    });
    const found = await readFileOfCaptions(splits);
    if (!found.table.images.some((row) => row.split)) throw new Error(`${splits} is ${found.table.form} and gives no splits`);
    return found;
  }
  if (captions === undefined || table.images.some((row) => row.split)) return;
  for (const name of neighbours) {
    const path = join(dirname(captions), name);
    if (!(await stat(path).catch(() => undefined))?.isFile()) continue;
    const found = await readFileOfCaptions(path);
    // Of another data set it would put everything into train.
    const named = new Set(found.table.images.map((row) => basename(row.image)));
    const shared = table.images.filter((row) => named.has(basename(row.image))).length;
    if (shared < table.images.length / 2) continue;
    // It tells splits here; what may be wrong with its captions is nobody's concern.
    return {...found, table: {...found.table, problems: []}};
  }
  return;
}

function nothingLeft(matched: number, problems: Problem[], split?: string): string {
  if (matched > 0) return `none of the ${matched} pairs is in the split ${split}`;
  return ["no image has a caption and no caption an image", ...problems.slice(0, 5).map(describe)].join("\n  ");
}

function summarise({index, problems, resumed, already, replaced, leftovers}: Awaited<ReturnType<typeof prepare>>, out: string) {
  const shown = 20;
  for (const problem of problems.slice(0, shown)) console.log(`  ${describe(problem)}`);
  if (problems.length > shown) console.log(`  and ${problems.length - shown} more, all in ${join(out, "problems.json")}`);
  const {train, val, test} = index.splits;
  const megabytes = (index.shards.reduce((sum, shard) => sum + shard.bytes, 0) / 1e6).toFixed(1);
  if (resumed > 0) console.log(`Went on from an earlier run: ${many(resumed, "image")} were done already.`);
  if (replaced) console.log(`Replaced the set that was prepared in ${out} before: its files are gone.`);
  for (const folder of leftovers) console.log(`An earlier run left ${folder}, an unfinished set or one that was replaced. Delete it to free its space.`);
  console.log(`Problems: ${index.source.repaired} repaired, ${index.source.leftOut} left out.`);
  console.log(
    `${already ? "Was prepared already" : "Prepared"}: ${many(index.images, "image")}, ${many(index.captions, "caption")} ` +
      `(train ${train.toLocaleString("en")}, val ${val.toLocaleString("en")}, test ${test.toLocaleString("en")}) in ${many(index.shards.length, "shard")}, ${megabytes} MB -> ${out}`
  );
}

const describe = ({where, line, what}: Problem) => `${where}${line === undefined ? "" : `, line ${line}`}: ${what}`;

function many(count: number, noun: string) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 || noun.endsWith("them") ? "" : "s"}`;
}

function wholeNumber(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new UsageError(`${name} must be a whole number from ${least}, not "${text}"`);
  return value;
}

class UsageError extends Error {}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const wrongUse = error instanceof UsageError || (error as {code?: string}).code?.startsWith("ERR_PARSE_ARGS");
  console.error(`prepare-data: ${(error as Error).message}`);
  if (wrongUse) console.error(`\n${usage}`);
  process.exitCode = wrongUse ? 2 : 1;
}
