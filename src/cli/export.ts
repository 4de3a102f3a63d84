/** `npm run export`: a run's checkpoint as open_clip and Hugging Face read it, with shards and the command that goes on. The work is in src/train/export.ts. */
import {chmod, mkdir, open, readdir, writeFile} from "node:fs/promises";
import {dirname, join, resolve} from "node:path";
import {parseArgs} from "node:util";
import sharp from "sharp";
import type {EncodeJpeg} from "../data/export-shards.ts";
import {openShardsOnDisk} from "../data/node/shards.ts";
import {postcards} from "../data/postcards/index.ts";
import {openSafetensors} from "../tensor/safetensors.ts";
import {readCheckpoint} from "../train/checkpoint.ts";
import {exportCheckpoint} from "../train/export-checkpoint.ts";
import {counted, createEstimate, createProgress} from "./progress.ts";

const usage = `npm run export -- RUN --out DIR [options]

  RUN               a checkpoint of a run (.safetensors), as the page or npm run checkpoint wrote it
  --out DIR         where open_clip/, hugging_face/, train.sh and README.md go: a new or empty folder
  --pairs NAME      writes shards/, too: "postcards", or a folder made by npm run prepare-data
  --limit N         only the first N images
  --seed N          which postcards (1)
`;

/** Nearly without loss: small pictures suffer most from JPEG. */
const jpegOf: EncodeJpeg = async (rgb, sizePx) => new Uint8Array(await sharp(rgb, {raw: {width: sizePx, height: sizePx, channels: 3}}).jpeg({quality: 98, chromaSubsampling: "4:4:4"}).toBuffer());

async function main(args: string[]) {
  const {values, positionals} = parseArgs({
    args,
    allowPositionals: true,
    options: {out: {type: "string"}, pairs: {type: "string"}, limit: {type: "string"}, seed: {type: "string", default: "1"}, help: {type: "boolean", short: "h"}}
  });
  if (values.help) return console.log(usage);
  if (positionals.length !== 1 || !values.out) throw new Error(`one checkpoint and --out are needed\n\n${usage}`);
  const limit = values.limit === undefined ? undefined : Number(values.limit);
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1)) throw new Error(`--limit is a whole number of at least 1, not "${values.limit}"`);
  const [path] = positionals;
  const out = resolve(values.out);
  const there = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new Error(`${values.out} cannot be an export's folder: ${error.message}`);
  });
  if (there.length > 0) throw new Error(`${values.out} holds ${there.length} files: choose a new or empty folder for --out`);

  const checkpoint = await readRun(path);
  const sizePx = checkpoint.config.image.kind === "features" ? 64 : checkpoint.config.image.sizePx;
  if (values.pairs) console.error(`Opening the pairs ${values.pairs} …`);
  const pairs = values.pairs === "postcards" ? postcards({count: limit ?? 2048, seed: Number(values.seed), sizePx}) : values.pairs ? await openShardsOnDisk(values.pairs, {sizePx, limit}) : undefined;
  const [progress, estimate] = [createProgress(), createEstimate()];
  let encoded = 0;
  const encodeJpeg: EncodeJpeg = (rgb, sizePx) => {
    progress.show("Encoding", counted("image", ++encoded, pairs!.ids.length, estimate));
    return jpegOf(rgb, sizePx);
  };
  for await (const part of exportCheckpoint(checkpoint, {name: path, pairs, encodeJpeg})) {
    progress.end();
    if ("note" in part) {
      console.log(part.note);
      continue;
    }
    await mkdir(dirname(join(out, part.path)), {recursive: true});
    await writeFile(join(out, part.path), part.bytes, {flag: "wx"});
    if (part.executable) await chmod(join(out, part.path), 0o755);
    console.log(`${part.path}: ${part.bytes.length} bytes`);
  }
}

async function readRun(path: string) {
  const handle = await open(path).catch(() => {
    throw new Error(`${path} does not exist: expected a checkpoint of a run (.safetensors)`);
  });
  try {
    const {size} = await handle.stat();
    const read = async (begin: number, end: number) => {
      const bytes = new Uint8Array(end - begin);
      await handle.read(bytes, 0, bytes.length, begin);
      return bytes;
    };
    return await readCheckpoint(await openSafetensors({byteLength: size, read}, path), path);
  } finally {
    await handle.close();
  }
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(`export: ${error.message}`);
  process.exitCode = 1;
});
