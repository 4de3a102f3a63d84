/** A set of pairs as the WebDataset shards that open_clip trains from: `KEY.jpg` and `KEY.txt`, a sample for each caption. Encodes no images itself. */
import {packTar} from "modern-tar";
import type {PairSet, Split} from "./pairs.ts";

/** Encodes uint8 RGB, [sizePx, sizePx, 3], as JPEG. */
export type EncodeJpeg = (rgb: Uint8Array, sizePx: number) => Promise<Uint8Array>;

export interface ShardIndex {
  /** Samples of each split: what open_clip's `--train-num-samples` wants. */
  samples: Record<Split, number>;
  shards: {file: string; split: Split; samples: number; bytes: number}[];
}

const samplesPerShard = 2000;

/**
 * Yields shard after shard, then the index as `index.json`, with WebDataset's own `sizes.json`. The same pairs give the same bytes.
 * An image with five captions comes five times, each time with another: open_clip reads one text a sample.
 */
export async function* exportShards(pairs: PairSet, encodeJpeg: EncodeJpeg): AsyncGenerator<{file: string; bytes: Uint8Array}> {
  const index: ShardIndex = {samples: {train: 0, val: 0, test: 0}, shards: []};
  const area = pairs.sizePx * pairs.sizePx * 3;
  const encoder = new TextEncoder();
  for (const split of ["train", "val", "test"] as const) {
    const rows = pairs.splits.flatMap((one, row) => (one === split ? [row] : []));
    const samples = rows.flatMap((row) => pairs.captions[row].map((caption, i) => ({row, caption, key: `${String(row).padStart(8, "0")}_${i}`})));
    index.samples[split] = samples.length;
    for (let at = 0; at < samples.length; at += samplesPerShard) {
      const part = samples.slice(at, at + samplesPerShard);
      const pictures = new Map<number, Uint8Array>();
      for (const row of new Set(part.map((sample) => sample.row))) pictures.set(row, await encodeJpeg(pairs.pixels.subarray(row * area, (row + 1) * area), pairs.sizePx));
      const member = (name: string, body: Uint8Array) => ({header: {name, size: body.length, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0}, body});
      const bytes = await packTar(part.flatMap(({row, caption, key}) => [member(`${key}.jpg`, pictures.get(row)!), member(`${key}.txt`, encoder.encode(caption))]));
      const file = `${split}-${String(at / samplesPerShard).padStart(6, "0")}.tar`;
      index.shards.push({file, split, samples: part.length, bytes: bytes.length});
      yield {file, bytes};
    }
  }
  const json = (value: unknown) => encoder.encode(`${JSON.stringify(value, null, 2)}\n`);
  yield {file: "sizes.json", bytes: json(Object.fromEntries(index.shards.map(({file, samples}) => [file, samples])))};
  yield {file: "index.json", bytes: json(index)};
}
