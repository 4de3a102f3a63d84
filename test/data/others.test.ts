import {readFileSync} from "node:fs";
import {mkdtemp, mkdir, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {BlobWriter, Uint8ArrayReader, ZipWriter} from "@zip.js/zip.js";
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {augment} from "../../src/data/augment.ts";
import {readCsvMatrix, readIndexTable, readMatrices} from "../../src/data/embeddings.ts";
import {readNpy} from "../../src/data/npy.ts";
import type {Bytes} from "../../src/data/files/files.ts";
import {postcards} from "../../src/data/index.ts";
import {openLabelled} from "../../src/data/labels.ts";
import {decodeInNode} from "../../src/data/node/decode.ts";
import {openFiles} from "../../src/data/node/files.ts";
import {parquetFile} from "./parquet.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import {needsShared, sharedFolder} from "../left-out.ts";

const bytesOf = (name: string, data: Uint8Array): Bytes => ({name, size: data.length, read: async (start, end) => data.slice(start, end)});
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "diagonal-"))));
afterAll(() => rm(folder, {recursive: true}));

/** An .npy file as NumPy writes it. */
function npy(descr: string, shape: string, data: ArrayBufferView, fortran = false): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${shape}), }`;
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11) + "\n";
  const start = new Uint8Array(10 + padded.length);
  start.set([0x93, ...Buffer.from("NUMPY"), 1, 0, padded.length & 255, padded.length >> 8]);
  start.set(Buffer.from(padded), 10);
  return Buffer.concat([start, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}

describe("augment", () => {
  const {pixels} = postcards({count: 6, seed: 1});

  it("is the same for the same state and another for the next, and leaves its input alone", () => {
    const before = pixels.slice();
    const options = {crop: [0.5, 1], flip: 0.5, brightness: 0.2, contrast: 0.2, saturation: 0.2} as const;
    const first = augment(pixels, 32, seededRandom(1), options);
    expect(augment(pixels, 32, seededRandom(1), options)).toEqual(first);
    expect(augment(pixels, 32, seededRandom(2), options)).not.toEqual(first);
    expect(pixels).toEqual(before);
  });

  it("with nothing to do gives the picture back; a certain flip mirrors it, twice restores it", () => {
    const still = {crop: [1, 1], ratio: [1, 1]} as const;
    expect(augment(pixels, 32, seededRandom(1), still)).toEqual(pixels);
    const flipped = augment(pixels, 32, seededRandom(1), {...still, flip: 1});
    expect([...flipped.subarray(0, 3)]).toEqual([...pixels.subarray(31 * 3, 32 * 3)]);
    expect(augment(flipped, 32, seededRandom(1), {...still, flip: 1})).toEqual(pixels);
  });

  it("changes brightness by at most the factor asked for", () => {
    const grey = new Uint8Array(16 * 16 * 3).fill(100);
    const values = new Set(Array.from({length: 50}, (_, i) => augment(grey, 16, seededRandom(i), {brightness: 0.1})[0]));
    expect(values.size).toBeGreaterThan(5);
    for (const value of values) expect(Math.abs(value - 100)).toBeLessThanOrEqual(10);
  });

  it("names what does not fit", () => {
    expect(() => augment(new Uint8Array(10), 2, seededRandom(1))).toThrow(/multiple of 2 x 2 x 3 = 12 bytes, got 10/);
    expect(() => augment(pixels, 32, seededRandom(1), {crop: [0, 1]})).toThrow(/crop must be/);
  });
});

describe("labelled pictures", () => {
  it("reads CIFAR's binary layouts, names included", async () => {
    const record = (labels: number[], rgb: [number, number, number]) => Uint8Array.from([...labels, ...rgb.flatMap((value) => new Array(1024).fill(value))]);
    await mkdir(join(folder, "cifar10"));
    await writeFile(join(folder, "cifar10", "data_batch_1.bin"), Buffer.concat([record([3], [10, 20, 30]), record([9], [1, 2, 3])]));
    await writeFile(join(folder, "cifar10", "test_batch.bin"), record([0], [7, 8, 9]));
    const ten = await openLabelled(await openFiles(join(folder, "cifar10")), {decode: decodeInNode});
    expect([...ten.labels].map((label) => ten.classes[label])).toEqual(["cat", "truck", "airplane"]);
    expect(ten.splits).toEqual(["train", "train", "test"]);
    expect([...ten.pixels.subarray(0, 6)]).toEqual([10, 20, 30, 10, 20, 30]);

    await mkdir(join(folder, "cifar100"));
    await writeFile(join(folder, "cifar100", "train.bin"), record([4, 1], [5, 6, 7]));
    await writeFile(join(folder, "cifar100", "fine_label_names.txt"), "apple\naquarium_fish\n");
    const hundred = await openLabelled(await openFiles(join(folder, "cifar100")), {decode: decodeInNode});
    expect(hundred.classes[hundred.labels[0]]).toBe("aquarium fish");
  });

  it("reads class folders", needsShared("cifar10"), async () => {
    const set = await openLabelled(await openFiles(join(sharedFolder, "cifar10")), {decode: decodeInNode, perClass: 5});
    expect(set.classes).toEqual(["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]);
    expect(set.splits.filter((split) => split === "train").length).toBe(50);
    expect(set.splits.filter((split) => split === "test").length).toBe(50);
    expect(set.pixels.length).toBe(100 * 3072);
    expect(set.problems).toEqual([]);
  });

  it("says what it expected", async () => {
    await mkdir(join(folder, "nothing"));
    await expect(openLabelled(await openFiles(join(folder, "nothing")), {decode: decodeInNode})).rejects.toThrow(/expected folders named after classes/);
  });
});

describe("matrices from elsewhere", () => {
  it("reads .npy of several types, in both orders", () => {
    expect([...readNpy(npy("<f4", "2, 2", Float32Array.of(1, 2, 3, 4)), "a").values]).toEqual([1, 2, 3, 4]);
    expect([...readNpy(npy("<f4", "2, 3", Float32Array.of(1, 4, 2, 5, 3, 6), true), "a").values]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(readNpy(npy("<f8", "3,", Float64Array.of(0.5, -1, 2)), "a")).toMatchObject({rows: 3, width: 1});
    expect([...readNpy(npy("<i8", "2,", BigInt64Array.of(5n, -7n)), "a").values]).toEqual([5, -7]);
    // 1, -2, the smallest positive, infinity in binary16.
    expect([...readNpy(npy("<f2", "4,", Uint16Array.of(0x3c00, 0xc000, 1, 0x7c00)), "a").values]).toEqual([1, -2, 2 ** -24, Infinity]);
    expect(() => readNpy(npy("<U5", "1,", new Uint8Array(20)), "names.npy")).toThrow(/names.npy holds values of the type <U5/);
    expect(() => readNpy(npy("<f4", "9, 9", Float32Array.of(1)), "cut.npy")).toThrow(/cut.npy is cut off/);
  });

  it("reads .npz and .safetensors by their content", async () => {
    const zip = new ZipWriter(new BlobWriter());
    await zip.add("image.npy", new Uint8ArrayReader(npy("<f4", "1, 2", Float32Array.of(1, 2))));
    await zip.add("text.npy", new Uint8ArrayReader(npy("<f4", "1, 2", Float32Array.of(3, 4))));
    const npz = new Uint8Array(await (await zip.close()).arrayBuffer());
    expect((await readMatrices(bytesOf("both.npz", npz))).map(({name, values}) => [name, ...values])).toEqual([["image", 1, 2], ["text", 3, 4]]);

    const header = JSON.stringify({a: {dtype: "F32", shape: [2, 1], data_offsets: [0, 8]}, b: {dtype: "BF16", shape: [1], data_offsets: [8, 10]}});
    const file = Buffer.concat([Uint8Array.of(header.length, 0, 0, 0, 0, 0, 0, 0), Buffer.from(header), new Uint8Array(Float32Array.of(0.5, 7).buffer), Uint8Array.of(0x80, 0x3f)]);
    expect((await readMatrices(bytesOf("x.safetensors", file))).map(({name, values}) => [name, ...values])).toEqual([["a", 0.5, 7], ["b", 1]]);
  });

  it("reads .parquet: columns of numbers, and of lists of numbers", async () => {
    const file = parquetFile({score: [0.5, 1.5, 2.5], embedding: [[1, 2], [3, 4], [5, 6]]});
    const found = await readMatrices(bytesOf("x.parquet", file));
    expect(found.map(({name, rows, width, values}) => [name, rows, width, ...values])).toEqual([["score", 3, 1, 0.5, 1.5, 2.5], ["embedding", 3, 2, 1, 2, 3, 4, 5, 6]]);
    await expect(readMatrices(bytesOf("ragged.parquet", parquetFile({embedding: [[1, 2], [3]]})))).rejects.toThrow(/ragged\.parquet, row 2: column "embedding" has 1 numbers, expected 2/);
    await expect(readMatrices(bytesOf("cut.parquet", file.subarray(0, 60)))).rejects.toThrow(/cut\.parquet begins like Parquet but cannot be read/);
  });

  it("reads .parquet as pyarrow 25 writes it: Snappy, dictionaries, two row groups, a column of names beside; another compression is named", async () => {
    const file = (name: string) => bytesOf(name, new Uint8Array(readFileSync(join("test/fixtures/parquet", name))));
    const found = await readMatrices(file("pyarrow-snappy.parquet"));
    expect(found.map(({name, rows, width}) => [name, rows, width])).toEqual([["score", 6, 1], ["embedding", 6, 4]]);
    expect([...found[0].values]).toEqual([0.5, 1.5, 2.5, -1, 0, 3]);
    expect([...found[1].values]).toEqual(Array.from({length: 24}, (_, i) => 0.5 * Math.floor(i / 4) + 0.25 * (i % 4)));
    await expect(readMatrices(file("pyarrow-zstd.parquet"))).rejects.toThrow(/pyarrow-zstd\.parquet .*ZSTD; write it with Snappy/);
  });

  it("reads .csv with or without a header, and names the line that is no number", () => {
    expect(readCsvMatrix("a,b\n1,2\n3,4\n", "m.csv")).toMatchObject({rows: 2, width: 2});
    expect(readCsvMatrix("1\t2\r\n3\t4", "m.tsv").values).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(() => readCsvMatrix("1,2\n3,x\n", "m.csv")).toThrow(/m.csv, line 2: "x" is no number/);
    expect(() => readCsvMatrix("1,2\n3\n", "m.csv")).toThrow(/m.csv, line 2: 1 numbers, expected 2/);
  });

  it("opens the real CLIP's embeddings and similarities", needsShared("clip-vit-b32-embeddings"), async () => {
    const file = (path: string) => bytesOf(path, new Uint8Array(readFileSync(join(sharedFolder, path))));
    const [embeddings] = await readMatrices(file("clip-vit-b32-embeddings/image_embeddings.npy"));
    expect([embeddings.rows, embeddings.width]).toEqual([1000, 512]);
    const length = Math.hypot(...embeddings.values.subarray(0, 512));
    expect(length).toBeCloseTo(1, 2);
    const index = readIndexTable(readFileSync(join(sharedFolder, "clip-vit-b32-embeddings/index.csv"), "utf8"));
    expect(index.length).toBe(1000);
    expect(index.filter((row) => row.flickr30k_image !== "").length).toBe(911);
    const [similarities] = await readMatrices(file("coco100/clip_similarities.csv"));
    expect([similarities.rows, similarities.width]).toEqual([200, 200]);
    const {values} = similarities;
    let hits = 0;
    for (let i = 0; i < 100; i++) {
      const row = values.subarray(i * 200 + 100, i * 200 + 200);
      if (row.every((value) => value <= row[i])) hits++;
    }
    // The real CLIP's image-to-text R@1 on these hundred.
    expect(hits / 100).toBeCloseTo(0.82, 5);
  });
});
