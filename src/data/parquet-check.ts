/**
 * Whether a Parquet file can be handed to hyparquet, which believes what files say: counts, sizes, levels and runs of every page of its columns of numbers
 * are held against the file's length, so that reading ends, and within memory. Format: apache/parquet-format.
 */
import {readThrift} from "./thrift.ts";
import type {ThriftStruct, ThriftValue} from "./thrift.ts";

/** The part of a file that a page holds, unpacked into `output`. */
type Unpack = (packed: Uint8Array, output: Uint8Array) => unknown;

/** A column whose values are numbers, or lists of them. */
interface Column {
  name: string;
  /** How deep lists go, and how many levels may be missing. */
  maxRepetition: number;
  maxDefinition: number;
}

const types = {int32: 1, float: 4, double: 5, fixed: 7};
const pages = {data: 0, index: 1, dictionary: 2, dataV2: 3};
const encodings = {plain: 0, dictionary: [2, 8], known: [0, 2, 3, 8, 9]};
const codecs = {none: 0, snappy: 1};
const codecNames = ["none", "Snappy", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"];
/** Snappy writes at most 64 bytes for three. */
const mostRatio = 22;
/** So many values may be told in a few bytes; past it, each takes a byte of the file. */
const freeValues = 2 ** 20;

/** Gives the names of the columns of numbers. Throws an Error in a sentence that begins with "it". */
export function checkParquet(file: Uint8Array, unpack: Unpack): string[] {
  const footer = footerOf(file);
  const columns = columnsOf(listIn(footer, 2).map(asStruct));
  let rows = 0;
  let values = 0;
  for (const group of listIn(footer, 4).map(asStruct)) {
    rows += countIn(group, 3);
    for (const chunk of listIn(group, 1).map(asStruct)) {
      const meta = structIn(chunk, 3);
      const column = columns.get(textOf(listIn(meta, 3)[0]));
      if (!column) continue;
      values += countIn(meta, 5);
      if (rows > Math.max(freeValues, file.length / 4) || values > Math.max(freeValues, file.length)) throw new Error(`it claims ${rows} rows with ${values} numbers in ${file.length} bytes: expected fewer`);
      checkChunk(file, meta, column, unpack);
    }
  }
  if (countIn(footer, 3) > rows) refuse();
  return [...columns.keys()];
}

function footerOf(file: Uint8Array): ThriftStruct {
  if (file.length < 12) refuse();
  const length = new DataView(file.buffer, file.byteOffset).getUint32(file.length - 8, true);
  if (length > file.length - 12) refuse();
  return readThrift(file, file.length - 8 - length, file.length - 8).struct;
}

/** The schema is a tree in depth-first order; only branches with one leaf, of numbers, are columns for us. */
function columnsOf(schema: ThriftStruct[]): Map<string, Column> {
  const columns = new Map<string, Column>();
  let at = 1;
  const walk = (path: ThriftStruct[]): ThriftStruct[][] => {
    if (at >= schema.length || path.length > 8) return refuse();
    const own = [...path, schema[at++]];
    const children = own.at(-1)!.has(5) ? countIn(own.at(-1)!, 5) : 0;
    return children === 0 ? [own] : Array.from({length: Math.min(children, schema.length)}, () => walk(own)).flat();
  };
  if (schema.length === 0) refuse();
  for (let child = countIn(schema[0], 5); child > 0; child--) {
    const leaves = walk([]);
    const leaf = leaves[0].at(-1)!;
    const type = leaf.get(1);
    const isNumeric = type === types.int32 || type === types.float || type === types.double || (type === types.fixed && leaf.get(2) === 2);
    if (leaves.length !== 1 || !isNumeric) continue;
    const repetitions = leaves[0].map((element) => element.get(3));
    const maxRepetition = repetitions.filter((one) => one === 2).length;
    const name = textOf(leaves[0][0].get(4));
    columns.set(name, {name, maxRepetition, maxDefinition: maxRepetition + repetitions.filter((one) => one === 1).length});
  }
  return columns;
}

/** All pages of a column's chunk. */
function checkChunk(file: Uint8Array, meta: ThriftStruct, column: Column, unpack: Unpack): void {
  const codec = meta.get(4);
  if (codec !== codecs.none && codec !== codecs.snappy) throw new Error(`it is compressed with ${codecNames[codec as number] ?? "a kind that is not known"}; write it with Snappy, which pyarrow, pandas and the hub use by themselves, or uncompressed`);
  const dictionaryAt = meta.has(11) ? countIn(meta, 11) : 0;
  let at = dictionaryAt > 0 ? dictionaryAt : countIn(meta, 9);
  const end = at + countIn(meta, 7);
  if (end > file.length) refuse();
  let left = countIn(meta, 5);
  while (at < end - 1) {
    const {struct: header, end: begin} = readThrift(file, at, end);
    const [unpacked, packed] = [countIn(header, 2), countIn(header, 3)];
    at = begin + packed;
    if (at > end || unpacked > mostRatio * packed + 1024 || (codec === codecs.none && unpacked !== packed)) refuse();
    left -= checkPage(header, file.subarray(begin, at), {unpacked, column, unpack: codec === codecs.snappy ? unpack : undefined});
    if (left < 0) refuse();
  }
}

/** Gives how many values the page has; 0 for one without data. */
function checkPage(header: ThriftStruct, packed: Uint8Array, {unpacked, column, unpack}: {unpacked: number; column: Column; unpack?: Unpack}): number {
  const whole = (bytes: Uint8Array, size: number) => {
    if (!unpack) return bytes;
    const output = new Uint8Array(size);
    unpack(bytes, output);
    return output;
  };
  const kind = header.get(1);
  if (kind === pages.index) return 0;
  if (kind === pages.dictionary) {
    if (countIn(structIn(header, 7), 1) > unpacked) refuse();
    return 0;
  }
  if (kind !== pages.data && kind !== pages.dataV2) return refuse();
  const isFirst = kind === pages.data;
  const told = structIn(header, isFirst ? 5 : 8);
  const count = countIn(told, 1);
  const encoding = countIn(told, isFirst ? 2 : 4);
  if (!encodings.known.includes(encoding)) throw new Error("it is written in an encoding that is not read here; write it plain or with dictionaries, as pyarrow and pandas do by themselves");
  const levels = [column.maxRepetition, column.maxDefinition];
  let page = isFirst ? whole(packed, unpacked) : packed;
  let [at, present] = [0, count];
  levels.forEach((max, i) => {
    const length = isFirst ? undefined : countIn(told, i === 0 ? 6 : 5);
    if (max > 0) {
      const start = isFirst ? at + 4 : at;
      const equal = walkRuns(page, start, {width: 32 - Math.clz32(max), count, max});
      if (i === 1) present = equal;
      at = start + (length ?? (start <= page.length ? new DataView(page.buffer, page.byteOffset + at).getUint32(0, true) : refuse()));
    } else at += length ?? 0;
    if (at > page.length) refuse();
  });
  if (!isFirst) {
    const isPacked = told.get(7) !== false;
    [page, at] = [isPacked ? whole(packed.subarray(at), unpacked - at) : packed.subarray(at), 0];
  }
  if (encodings.dictionary.includes(encoding) && present > 0) {
    const width = page[at];
    if (!(width <= 32)) refuse();
    if (width > 0 || !isFirst) walkRuns(page, at + 1, {width, count: present, max: 2 ** width});
  }
  return count;
}

/**
 * Follows runs, repeated or packed bit by bit, until `count` values came: none is empty, none much longer than what is left, no value past `max`. Gives how many
 * values are `max`.
 */
function walkRuns(page: Uint8Array, at: number, {width, count, max}: {width: number; count: number; max: number}): number {
  let equal = 0;
  for (let seen = 0; seen < count; ) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= page.length || shift > 28) return refuse();
      header += (page[at] & 127) * 2 ** shift;
      if (page[at++] < 128) break;
    }
    const isPacked = header % 2 === 1;
    const run = isPacked ? ((header - 1) / 2) * 8 : header / 2;
    if (run === 0 || run > count - seen + 7) refuse();
    const used = Math.min(run, count - seen);
    if (isPacked) {
      for (let i = 0; width <= 8 && i < used; i++) equal += checkLevel(packedValue(page, at, i * width, width), max);
      at += (run / 8) * width;
    } else {
      const value = width <= 8 ? (width === 0 ? 0 : (page[at] ?? refuse())) : 0;
      equal += used * checkLevel(value, max);
      at += Math.ceil(width / 8);
    }
    seen += used;
  }
  return equal;
}

function packedValue(page: Uint8Array, at: number, bit: number, width: number): number {
  const byte = at + (bit >> 3);
  return (((page[byte] ?? 0) | ((page[byte + 1] ?? 0) << 8)) >> (bit & 7)) & ((1 << width) - 1);
}

/** 1 where the value is the largest that may be; throws past it. */
const checkLevel = (value: number, max: number): number => (value > max ? refuse() : value === max ? 1 : 0);

function refuse(): never {
  throw new Error("it is cut off or damaged, so write it anew");
}

const asStruct = (value: ThriftValue | undefined): ThriftStruct => (value instanceof Map ? value : refuse());
const structIn = (struct: ThriftStruct, field: number) => asStruct(struct.get(field));
const listIn = (struct: ThriftStruct, field: number): ThriftValue[] => {
  const value = struct.get(field);
  return Array.isArray(value) ? value : refuse();
};
const countIn = (struct: ThriftStruct, field: number): number => {
  const value = struct.get(field);
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : refuse();
};
const textOf = (value: ThriftValue | undefined): string => (value instanceof Uint8Array ? new TextDecoder().decode(value) : refuse());
