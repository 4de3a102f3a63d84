import {expect, test} from "vitest";
import {bytesSource, openSafetensors, safetensorsBytes} from "../../src/tensor/safetensors.ts";
import {decodeFloats, decodeValues, encodeValues} from "../../src/tensor/dtypes.ts";
import type {TensorToWrite} from "../../src/tensor/safetensors.ts";
import {seededRandom} from "../../src/tensor/random.ts";

const tensor = (name: string, values: number[], dtype: TensorToWrite["dtype"] = "F32", shape = [values.length]): TensorToWrite => ({name, dtype, shape, values: () => values});

/** A file with any header and any number of data bytes, whatever they claim of each other. */
function fileOf(header: unknown, dataBytes: number, headerLength?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const opened = (bytes: Uint8Array) => openSafetensors(bytesSource(bytes), "bad.safetensors");

test("what is written is read back, with shapes, order and metadata", async () => {
  const random = seededRandom(1);
  const floats = Float32Array.from({length: 24}, () => random.normal());
  const bytes = await safetensorsBytes([tensor("b", [...floats], "F32", [2, 3, 4]), tensor("a", [7, -8], "I32"), tensor("scale", [2.5], "F32", [])], {config: "{}"});
  const file = await openSafetensors(bytesSource(bytes));
  expect([...file.entries.keys()]).toEqual(["b", "a", "scale"]);
  expect(file.entries.get("b")!.shape).toEqual([2, 3, 4]);
  expect(await file.values("b")).toEqual(floats);
  expect(await file.values("a")).toEqual(Int32Array.of(7, -8));
  expect(await file.values("scale")).toEqual(Float32Array.of(2.5));
  expect(file.metadata).toEqual({config: "{}"});
});

test("Node's Buffers are read as well as plain arrays", async () => {
  const bytes = await safetensorsBytes([tensor("a", [1, 2]), tensor("b", [3, 4])]);
  const file = await openSafetensors(bytesSource(Buffer.from(bytes)));
  expect(await file.values("b")).toEqual(Float32Array.of(3, 4));
});

test("floats are decoded from a Buffer of Node at any offset: its slice is a view, not a copy", () => {
  for (const [dtype, values] of [["F32", [1.5, -2, 3]], ["F16", [1.5, -2, 3]], ["BF16", [1.5, -2, 3]]] as const) {
    for (let offset = 0; offset < 5; offset++) {
      const bytes = encodeValues(values, dtype, "a");
      const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).subarray(offset);
      const out = new Float32Array(3);
      expect(decodeFloats(shifted, dtype, out)).toBe(true);
      expect([...out]).toEqual(values);
      expect([...decodeValues(shifted, dtype, "a")]).toEqual(values);
    }
  }
});

test("half floats keep every value they can hold, and round the rest to nearest, ties to even", async () => {
  const exact = [0, -0, 1, -2, 65504, 2 ** -14, 2 ** -24, 1023 * 2 ** -24, Infinity, -Infinity, 1 + 2 ** -10];
  const rounded: [number, number][] = [[1 + 2 ** -11, 1], [1 + 3 * 2 ** -11, 1 + 2 ** -9], [65519, 65504], [65520, Infinity], [2 ** -25, 0], [1.5 * 2 ** -24, 2 ** -23]];
  const file = await openSafetensors(bytesSource(await safetensorsBytes([tensor("h", [...exact, ...rounded.map(([from]) => from), NaN], "F16")])));
  expect([...(await file.values("h"))]).toEqual([...exact, ...rounded.map(([, to]) => to), NaN]);
});

test("bfloat16 is the upper half of a float32, rounded", async () => {
  const file = await openSafetensors(bytesSource(await safetensorsBytes([tensor("h", [1, -3.5, 1 + 2 ** -8, 1 + 3 * 2 ** -8, Infinity, NaN], "BF16")])));
  expect([...(await file.values("h"))]).toEqual([1, -3.5, 1, 1 + 2 ** -6, Infinity, NaN]);
});

test("64-bit integers are read where they fit, and refused by name where they do not", async () => {
  const file = await openSafetensors(bytesSource(await safetensorsBytes([tensor("ids", [49407, -1], "I64"), tensor("far", [2 ** 40], "I64")])));
  expect([...(await file.values("ids"))]).toEqual([49407, -1]);
  await expect(file.values("far")).rejects.toThrow(/"far" holds 1099511627776/);
});

const f32 = (shape: number[], data_offsets: number[]) => ({dtype: "F32", shape, data_offsets});

test.each<[string, Uint8Array, RegExp]>([
  ["an empty file", new Uint8Array(3), /at least 8 bytes/],
  ["a header past the end", fileOf("{}", 0, 1000n), /claims 1000 bytes, but only 2 follow/],
  ["an absurd header", fileOf("{}", 0, 2n ** 63n), /claims 9223372036854775808 bytes/],
  ["a header that is not JSON", fileOf("{nope", 0), /no JSON/],
  ["a header that is a list", fileOf([], 0), /expected a JSON object/],
  ["a tensor past the end", fileOf({w: f32([4], [0, 16])}, 8), /"w" claims bytes 0 to 16 of 8/],
  ["a shape larger than its bytes", fileOf({w: f32([2 ** 40], [0, 8])}, 8), /takes 4398046511104 bytes/],
  ["a shape whose product overflows", fileOf({w: f32([2 ** 52, 2 ** 52], [0, 8])}, 8), /takes .* bytes/],
  ["overlapping tensors", fileOf({a: f32([2], [0, 8]), b: f32([2], [4, 12])}, 12), /"b" overlaps "a" by 4 bytes/],
  ["a hole", fileOf({a: f32([1], [4, 8])}, 8), /4 bytes before "a"/],
  ["bytes left over", fileOf({a: f32([1], [0, 4])}, 8), /last 4 bytes/],
  ["a negative offset", fileOf({a: f32([1], [-4, 0])}, 4), /expected two whole numbers/],
  ["a shape that is not numbers", fileOf({a: {dtype: "F32", shape: ["x"], data_offsets: [0, 4]}}, 4), /expected whole numbers/],
  ["an unknown type", fileOf({a: {dtype: "F8_E4M3", shape: [4], data_offsets: [0, 4]}}, 4), /unknown type "F8_E4M3"/],
  ["an entry that is null", fileOf({a: null}, 0), /unknown type/],
  ["metadata that is not text", fileOf({__metadata__: {a: 1}}, 0), /not text/]
])("%s is refused", async (_, bytes, message) => {
  await expect(opened(bytes)).rejects.toThrow(message);
  await expect(opened(bytes)).rejects.toThrow(/^bad\.safetensors: /);
});

test("a hostile header is refused after reading nothing but its length", async () => {
  let read = 0;
  const source = {byteLength: 2 ** 40, read: async (begin: number, end: number) => ((read += end - begin), new Uint8Array([0, 0, 0, 0, 1, 0, 0, 0]))};
  await expect(openSafetensors(source)).rejects.toThrow(/at most 100,000,000/);
  expect(read).toBe(8);
});

test("writing refuses a name twice and a count that is not the shape's", async () => {
  await expect(safetensorsBytes([tensor("a", [1]), tensor("a", [2])])).rejects.toThrow(/"a" is taken/);
  await expect(safetensorsBytes([tensor("a", [1, 2], "F32", [3])])).rejects.toThrow(/needs 3 values, 2 came/);
});

test.each(["F32", "F16", "BF16"] as const)("pieces of %s through the reader's own room are those of a copy each, and a file cut off is told", async (dtype) => {
  const values = Array.from({length: 25}, (_, i) => i - 12.5);
  const bytes = await safetensorsBytes([tensor("a", [1, 2], "F32"), tensor("b", values, dtype)]);
  const rooms = new Set<ArrayBufferLike>();
  const into = (all: Uint8Array) => ({
    ...bytesSource(all),
    async readInto(target: Uint8Array, begin: number) {
      rooms.add(target.buffer);
      const part = all.subarray(begin, begin + target.length);
      target.set(part);
      return part.length;
    }
  });
  const gather = async (source: Parameters<typeof openSafetensors>[0]) => {
    const all = new Float32Array(25);
    for await (const {at, values} of (await openSafetensors(source, "cut.safetensors")).pieces("b", 4)) all.set(values, at);
    return [...all];
  };
  expect(await gather(into(bytes))).toEqual(values);
  expect(await gather(bytesSource(bytes))).toEqual(values);
  expect(rooms.size).toBe(1);
  const cut = into(bytes.subarray(0, bytes.length - 3));
  await expect(gather({...cut, byteLength: bytes.length})).rejects.toThrow('"b" ends early');
});
