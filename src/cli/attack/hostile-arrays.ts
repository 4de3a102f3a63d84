/** Matrices, and tables of captions, that contradict themselves: safetensors, npy, npz, Parquet, CSV, JSON. */
import {seededRandom} from "../../tensor/random.ts";
import {damaged, joined, packed, textBytes} from "./hostile-case.ts";
import type {HostileCase} from "./hostile-case.ts";
import {zipOf} from "./hostile-archives.ts";

const f32 = (shape: unknown, offsets: unknown) => ({dtype: "F32", shape, data_offsets: offsets});

function safetensors(header: unknown, dataBytes: number, claimed?: bigint): Uint8Array<ArrayBuffer> {
  const text = textBytes(typeof header === "string" ? header : JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  return joined(length, text, new Uint8Array(dataBytes));
}

const twice = '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';

const tensorFiles: [string, Uint8Array<ArrayBuffer>][] = [
  ["negative", safetensors({a: f32([-1, 4], [0, 16])}, 16)],
  ["both negative", safetensors({a: f32([-1, -4], [0, 16])}, 16)],
  ["broken", safetensors({a: f32([1.5, 2], [0, 12])}, 12)],
  ["text", safetensors({a: f32(["2", "2"], [0, 16])}, 16)],
  ["twice", safetensors(twice, 4)],
  ["twice, once escaped", safetensors(twice.replace('"a":', '"\\u0061":'), 4)],
  ["null", safetensors({a: null}, 0)],
  ["type of an object", safetensors({a: {dtype: "constructor", shape: [1], data_offsets: [0, 4]}}, 4)],
  ["no offsets", safetensors({a: {dtype: "F32", shape: [1]}}, 4)],
  ["backwards", safetensors({a: f32([1], [4, 0])}, 4)],
  ["past the end", safetensors({a: f32([4], [0, 16])}, 4)],
  ["overlap", safetensors({a: f32([1], [0, 4]), b: f32([1], [0, 4])}, 4)],
  ["overflow", safetensors({a: f32([2 ** 52, 2 ** 52], [0, 8])}, 8)],
  ["nothing times much", safetensors({a: f32([0, 2 ** 52], [0, 0])}, 0)],
  ["many dimensions", safetensors({a: f32(new Array(2_000_000).fill(1), [0, 4])}, 4)],
  ["many tensors", safetensors(`{${Array.from({length: 150_000}, (_, i) => `"${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`).join(",")}}`, 0)],
  ["a long name", safetensors({["n".repeat(2_000_000)]: f32([2], [0, 4])}, 4)],
  ["a list", safetensors([], 0)],
  ["null alone", safetensors("null", 0)],
  ["deep", safetensors(`{"a":${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}}`, 0)],
  ["metadata of numbers", safetensors({__metadata__: {a: 1}, a: f32([1], [0, 4])}, 4)],
  ["metadata null", safetensors({__metadata__: null, a: f32([1], [0, 4])}, 4)],
  ["an endless header", safetensors("{}", 0, 2n ** 63n)],
  ["prototype", safetensors('{"__proto__":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', 4)]
];

function npy(header: string, data: Uint8Array, {version = 1, claimed = header.length}: {version?: number; claimed?: number} = {}): Uint8Array<ArrayBuffer> {
  const length = version >= 2 ? [claimed & 255, (claimed >> 8) & 255, (claimed >> 16) & 255, claimed >>> 24] : [claimed & 255, (claimed >> 8) & 255];
  return joined(Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...length), textBytes(header), data);
}
const npyOf = (descr: string, shape: string, bytes: number, order = "False") => npy(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }\n`, new Uint8Array(bytes));

const npyFiles: [string, Uint8Array<ArrayBuffer>][] = [
  ...["-1, 4", "1.5, 2", "1000000000, 1000000000", "a, 2", "2, 2, 2", "", "0, 4", "4, 0", "1e3, 1", "0x10, 1", "NaN", "2, -2", "99999999999999999999, 1"].map((shape): [string, Uint8Array<ArrayBuffer>] => [`shape ${shape}`, npyOf("<f4", shape, 64)]),
  ...["|O", "<U5", "constructor", "<f16", "", "<M8[ns]", "bf"].map((descr): [string, Uint8Array<ArrayBuffer>] => [`type ${descr}`, npyOf(descr, "2, 2", 64)]),
  ["cut off", npyOf("<f8", "100, 100", 64)],
  ["cut off, turned", npyOf("<f4", "100, 100", 64, "True")],
  ["header past the end", npy("{}", new Uint8Array(0), {claimed: 60_000})],
  ["an endless header", npy(" ".repeat(3_000_000), new Uint8Array(4), {version: 2})],
  ["a header of promises", npy("'shape': (".repeat(300_000), new Uint8Array(4), {version: 2})],
  ...[1, 6, 7, 8, 9, 11].map((length): [string, Uint8Array<ArrayBuffer>] => [`${length} bytes`, npyOf("<f4", "1", 4).slice(0, Math.max(length, 6))])
];

const long = 4_000_000;
const tables: [string, string][] = [
  ["commas.csv", ",".repeat(long)],
  ["line ends.csv", "\n".repeat(long)],
  ["ones.csv", `1\n`.repeat(long / 2) + "x"],
  ["quotes.csv", '"'.repeat(long)],
  ["quotes of rows.csv", '"a\n'.repeat(long / 3)],
  ["doubled quotes.csv", `"${'""'.repeat(long / 2)}`],
  ["fields of quotes.csv", '"a","b","c\n'.repeat(long / 11)],
  ["header alone.csv", "a,b,c\n"],
  ["ragged.csv", "1,2\n3\n"],
  ["words.csv", "1,2\n3,four\n"],
  ["nothing.csv", ""]
];

const captions: [string, string, HostileCase["expected"]][] = [
  ["null rows.json", '{"images": [null, {"filename": "a.jpg", "sentences": [null, {"raw": "A dog."}]}]}', "read"],
  ["null annotations.json", '{"images": [null, {"id": 1, "file_name": "a.jpg"}], "annotations": [null, 5, {"image_id": 1, "caption": "A dog."}, {"image_id": {}, "caption": "x"}]}', "read"],
  ["rows of rows.json", '{"images": [[], {"filename": {}, "sentences": [[]]}, {"filename": "b.jpg", "split": {}, "sentences": [{"raw": {}}]}]}', "read"],
  ["one image.json", `{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [${'{"image_id":1,"caption":"a b"},'.repeat(120_000)}{"image_id":1,"caption":"z"}]}`, "read"],
  ["list.json", "[null]", "refused"],
  ["cut.json", '{"images": [', "refused"],
  ["deep.json", `{"images": ${"[".repeat(long / 2)}`, "refused"],
  ["images of text.json", '{"images": "all", "annotations": "none"}', "refused"],
  ["one line.csv", `a.jpg,${"word ".repeat(long / 5)}`, "read"],
  ["one word.token", `a.jpg#0\t${"a".repeat(long)}`, "read"],
  ["hashes.token", `a.jpg#0\tx\n${"#1".repeat(long / 2)}`, "either"],
  ["pipes.csv", `a.jpg| 0| x\n${"| ".repeat(long / 2)}`, "either"],
  ["columns.csv", `image,caption${",x".repeat(long / 2)}\na.jpg,A dog`, "refused"],
  ["empty rows.csv", `image,caption\na.jpg,A dog.\n${",\n".repeat(long / 4)}`, "read"],
  ["quotes.csv", `image,caption\n${'"a.jpg,"b\n'.repeat(long / 10)}`, "either"],
  ["blank.csv", " \n\t\n", "refused"]
];

/** `parquet`: a whole file to be damaged. */
export async function* hostileArrays(seed: number, parquet?: Uint8Array): AsyncGenerator<HostileCase> {
  const random = seededRandom(seed).fork("arrays");
  for (const [what, bytes] of tensorFiles) yield {name: `${what}.safetensors`, kind: "matrix", bytes, expected: "refused"};
  for (const [what, bytes] of npyFiles) yield {name: `${what.replace(/[^\w ,.-]/g, "")}.npy`, kind: "matrix", bytes, expected: "refused"};
  for (const [name, text] of tables) yield {name, kind: "matrix", bytes: textBytes(text), expected: "refused"};
  const bomb = npyOf("|u1", "200000000, 1", 0);
  const zeros = await packed(joined(bomb, new Uint8Array(40_000_000)), "deflate-raw");
  yield {name: "bomb.npz", kind: "matrix", bytes: zipOf([{name: "a.npy", packed: zeros, size: bomb.length + 200_000_000}]), expected: "refused"};
  yield {name: "nothing.npz", kind: "matrix", bytes: zipOf([{name: "a.npy", packed: await packed(textBytes("x"), "deflate-raw"), size: 1}]), expected: "refused"};
  const good = npyOf("<f4", "4, 4", 64);
  for (let i = 0; i < 15; i++) yield {name: `damaged ${i}.npy`, kind: "matrix", bytes: damaged(good, random), expected: "either"};
  for (let i = 0; i < 15; i++) yield {name: `damaged ${i}.safetensors`, kind: "matrix", bytes: damaged(safetensors({a: f32([4, 4], [0, 64])}, 64), random), expected: "either"};
  for (let i = 0; parquet && i < 40; i++) yield {name: `damaged ${i}.parquet`, kind: "matrix", bytes: damaged(parquet, random), expected: "either"};
  for (const [name, text, expected] of captions) yield {name, kind: "captions", bytes: textBytes(text), expected};
}
