/**
 * Hugging Face's safetensors format, read and written a tensor at a time: eight bytes of header length, a JSON header, the
 * values. A file from anywhere may be read: everything it claims is checked against its true length before memory is asked for.
 */
import {isObject, parseObject, shown} from "../json.ts";
import {limits, past} from "../limits.ts";
import {decodeFloats, decodeValues, elementBytes, encodeValues, isDtype} from "./dtypes.ts";
import type {Dtype, Values} from "./dtypes.ts";
import type {Json} from "../json.ts";

/** Bytes that can be read piecewise: a file, a Blob, a buffer. */
export interface ByteSource {
  byteLength: number;
  /** The bytes from `begin` up to, not including, `end`. */
  read(begin: number, end: number): Promise<Uint8Array>;
  /** Fills `target` from `begin` on, and gives how many bytes there were: for large files, so that no copies wait to be collected. */
  readInto?(target: Uint8Array, begin: number): Promise<number>;
  /** Lets go of what reading holds. */
  close?(): Promise<void>;
}

export interface TensorEntry {
  dtype: Dtype;
  shape: number[];
  /** Bytes from the start of the file. */
  begin: number;
  end: number;
}

export interface SafetensorsFile {
  metadata: Record<string, string>;
  /** In the file's order. */
  entries: Map<string, TensorEntry>;
  /** A tensor's raw bytes. */
  bytes(name: string): Promise<Uint8Array>;
  /** Floats of 16 or 32 bits, so many at a time: for tensors too large to be held beside their copy. The array is used again for the next piece of any tensor. */
  pieces(name: string, count?: number): AsyncGenerator<{at: number; values: Float32Array}>;
  /** A tensor's values: floats of any width as Float32Array, whole numbers as Int32Array. Throws on 64-bit values that do not fit. */
  values(name: string): Promise<Values>;
}

/** What to write: values are asked for only when their turn comes, so that a whole model need not be held twice. */
export interface TensorToWrite {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
  values: () => ArrayLike<number> | Promise<ArrayLike<number>>;
}

export function bytesSource(bytes: Uint8Array): ByteSource {
  return {byteLength: bytes.byteLength, read: async (begin, end) => bytes.subarray(begin, end)};
}

export function blobSource(blob: Blob): ByteSource {
  return {byteLength: blob.size, read: async (begin, end) => new Uint8Array(await blob.slice(begin, end).arrayBuffer())};
}

/**
 * Opens a safetensors file and reads its header only. `name` is what errors call the file. Throws a RangeError where the file
 * contradicts itself: a header or tensor past its end, a name twice, overlapping or gaping offsets, a size that is not its shape's.
 */
export async function openSafetensors(source: ByteSource, name = "safetensors file"): Promise<SafetensorsFile> {
  const refuse = (what: string): never => {
    throw new RangeError(`${name}: ${what}`);
  };
  if (source.byteLength < 8) refuse(`expected at least 8 bytes of header length, the file has ${source.byteLength} bytes`);
  const first = await source.read(0, 8);
  const claimed = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true);
  if (claimed > BigInt(source.byteLength - 8)) refuse(`its header claims ${claimed} bytes, but only ${source.byteLength - 8} follow: it is no safetensors file, or only a part of one; expected a whole one`);
  const headerLength = Number(claimed);
  const tooLong = past(limits.headerBytes, headerLength);
  if (tooLong) refuse(tooLong);

  const header = parseHeader(await source.read(8, 8 + headerLength), name, refuse);
  const dataStart = 8 + headerLength;
  const tensors = Object.entries(header).filter(([path]) => path !== "__metadata__");
  const tooMany = past(limits.tensors, tensors.length);
  if (tooMany) refuse(tooMany);
  const entries = new Map(tensors.map(([path, value]) => [path, parseEntry(path, value, dataStart, source.byteLength, refuse)]));
  checkLayout(entries, dataStart, source.byteLength, refuse);

  const find = (path: string): TensorEntry => entries.get(path) ?? refuse(`has no tensor "${path}"`);
  const bytes = async (path: string) => {
    const {begin, end} = find(path);
    const read = await source.read(begin, end);
    if (read.byteLength !== end - begin) refuse(`"${path}" has ${end - begin} bytes, but only ${read.byteLength} could be read`);
    return read;
  };
  // One of each for all tensors: a model has hundreds, and what each left would wait for the garbage collector.
  let room = new Float32Array(0);
  let bytesRoom = new Uint8Array(0);
  const readPiece = async (from: number, length: number) => {
    if (!source.readInto) return source.read(from, from + length);
    if (bytesRoom.length < length) bytesRoom = new Uint8Array(length);
    return bytesRoom.subarray(0, await source.readInto(bytesRoom.subarray(0, length), from));
  };
  async function* pieces(path: string, count = 1 << 20) {
    const {begin, end, dtype} = find(path);
    const size = (end - begin) / elementBytes[dtype];
    if (room.length < count) room = new Float32Array(count);
    for (let at = 0; at < size; at += count) {
      const values = room.subarray(0, Math.min(count, size - at));
      const from = begin + at * elementBytes[dtype];
      const read = await readPiece(from, values.length * elementBytes[dtype]);
      if (read.byteLength !== values.length * elementBytes[dtype]) refuse(`"${path}" ends early: the file was cut off while it was read`);
      if (!decodeFloats(read, dtype, values)) refuse(`"${path}" holds ${dtype}; weights are F32, F16 or BF16`);
      yield {at, values};
    }
  }
  return {
    pieces,
    metadata: parseMetadata(header["__metadata__"], refuse),
    entries,
    bytes,
    values: async (path) => decodeValues(await bytes(path), find(path).dtype, `${name}: "${path}"`)
  };
}

type Refuse = (what: string) => never;

function parseHeader(bytes: Uint8Array, name: string, refuse: Refuse): Json {
  let text = "";
  try {
    text = new TextDecoder("utf-8", {fatal: true}).decode(bytes);
  } catch {
    refuse("its header is not UTF-8: it is damaged, or no safetensors file");
  }
  return parseObject(text, {name: `${name}: its header`, uniqueKeys: true});
}

function parseMetadata(value: unknown, refuse: Refuse): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value)) return refuse(`__metadata__ is ${shown(value)}; expected an object`);
  for (const [key, text] of Object.entries(value)) if (typeof text !== "string") refuse(`__metadata__ ${shown(key)} is ${shown(text)} and not text: expected text`);
  return Object.fromEntries(Object.entries(value)) as Record<string, string>;
}

function parseEntry(path: string, value: unknown, dataStart: number, fileLength: number, refuse: Refuse): TensorEntry {
  const name = shown(path);
  const {dtype, shape, data_offsets: offsets} = isObject(value) ? value : ({} as Json);
  if (!isDtype(dtype)) return refuse(`${name} has the unknown type ${shown(dtype)}; expected ${Object.keys(elementBytes).join(", ")}`);
  if (!isCounts(shape)) return refuse(`${name} has the shape ${shown(shape)}; expected whole numbers of 0 or more`);
  const tooDeep = past(limits.dimensions, shape.length);
  if (tooDeep) return refuse(`${name} ${tooDeep}`);
  if (!isCounts(offsets) || offsets.length !== 2) return refuse(`${name} has the offsets ${shown(offsets)}; expected two whole numbers`);
  const [begin, end] = offsets;
  const length = fileLength - dataStart;
  if (begin > end || end > length) return refuse(`${name} claims bytes ${begin} to ${end} of ${length}: the file is cut off or damaged`);
  const bytes = shape.reduce((product, size) => product * size, elementBytes[dtype]);
  if (bytes !== end - begin) return refuse(`${name} of shape [${shape}] and type ${dtype} takes ${bytes} bytes, but its offsets span ${end - begin}: the file is damaged`);
  return {dtype, shape, begin: dataStart + begin, end: dataStart + end};
}

/** The format allows neither overlaps nor holes: together the tensors are the rest of the file. */
function checkLayout(entries: Map<string, TensorEntry>, dataStart: number, fileLength: number, refuse: Refuse): void {
  let at = dataStart;
  let before = "";
  for (const [path, {begin, end}] of [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (begin < at) refuse(`${shown(path)} overlaps ${shown(before)} by ${at - begin} bytes: the file is damaged`);
    if (begin > at) refuse(`${begin - at} bytes before ${shown(path)} belong to no tensor: the file is damaged`);
    [at, before] = [end, path];
  }
  if (at !== fileLength) refuse(`the last ${fileLength - at} bytes belong to no tensor: the file is damaged`);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/** Writes the format piece by piece: the header first, then one piece a tensor. The header is padded so that data starts at a multiple of 8. */
export async function* writeSafetensors(tensors: readonly TensorToWrite[], metadata: Record<string, string> = {}): AsyncGenerator<Uint8Array> {
  const header: Record<string, unknown> = Object.create(null);
  if (Object.keys(metadata).length > 0) header["__metadata__"] = metadata;
  let offset = 0;
  for (const {name, dtype, shape} of tensors) {
    if (name === "__metadata__" || name in header) throw new Error(`safetensors: the name "${name}" is taken`);
    const bytes = shape.reduce((product, size) => product * size, elementBytes[dtype]);
    header[name] = {dtype, shape, data_offsets: [offset, offset + bytes]};
    offset += bytes;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.byteLength / 8) * 8;
  const start = new Uint8Array(8 + padded).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(padded), true);
  start.set(json, 8);
  yield start;
  for (const {name, dtype, shape, values} of tensors) {
    const numbers = await values();
    const count = shape.reduce((product, size) => product * size, 1);
    if (numbers.length !== count) throw new Error(`safetensors: "${name}" of shape [${shape}] needs ${count} values, ${numbers.length} came`);
    yield encodeValues(numbers, dtype, name);
  }
}

/** The whole file in one array, for small ones. */
export async function safetensorsBytes(tensors: readonly TensorToWrite[], metadata: Record<string, string> = {}): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for await (const piece of writeSafetensors(tensors, metadata)) pieces.push(piece);
  const whole = new Uint8Array(pieces.reduce((sum, {byteLength}) => sum + byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}
