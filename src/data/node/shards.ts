/** Prepared data sets from a folder on disk, in Node: the same functions as shards.ts, with files and sharp in place of fetch and the browser. */
import {createReadStream} from "node:fs";
import {stat} from "node:fs/promises";
import {Readable} from "node:stream";
import type {PairSet} from "../pairs.ts";
import type {ShardOptions, StreamedPair} from "../shards.ts";
import {openShards, streamShards} from "../shards.ts";
import {decodeInNode} from "./decode.ts";

const openFile = async (path: string) => {
  await stat(path).catch(() => {
    throw new Error(`${path} does not exist: prepare the data set with npm run prepare-data`);
  });
  return Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
};

/** `openShards` of a folder on disk. */
export const openShardsOnDisk = (folder: string, options: ShardOptions & {sizePx: number}): Promise<PairSet> => openShards(folder, {decode: decodeInNode, open: openFile, ...options});

/** `streamShards` of a folder on disk. */
export const streamShardsOnDisk = (folder: string, options: ShardOptions = {}): AsyncGenerator<StreamedPair> => streamShards(folder, {decode: decodeInNode, open: openFile, ...options});
