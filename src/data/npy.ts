/** NumPy's .npy files, versions 1 to 3: a matrix or a vector; numbers of any kind become float32. Source: numpy.lib.format. */
import {shown} from "../json.ts";
import {limits, past} from "../limits.ts";
import {decodeValues, elementBytes} from "../tensor/dtypes.ts";
import type {Dtype} from "../tensor/dtypes.ts";
import type {Matrix} from "./embeddings.ts";

const dtypes: Record<string, Dtype> = {f2: "F16", f4: "F32", f8: "F64", i1: "I8", i2: "I16", i4: "I32", i8: "I64", u1: "U8", u2: "U16", u4: "U32", u8: "U64", b1: "BOOL"};

/** NumPy itself refuses longer headers than ten thousand bytes. */
const longestHeader = 65_536;

/** Throws an Error that begins with the name where the file is cut off, contradicts itself, or holds no matrix of numbers. */
export function readNpy(bytes: Uint8Array, name: string): Matrix {
  const {header, begin} = headerOf(bytes, name);
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1];
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1].split(",").map((part) => part.trim()).filter((part) => part !== "");
  if (!descr || !shape) throw new Error(`${name} is an .npy file whose header cannot be read: ${shown(header)}; expected descr, fortran_order and shape of plain numbers`);
  const [rows, width = 1] = shape.map((part) => (/^\d{1,15}$/.test(part) ? Number(part) : NaN));
  const fits = shape.length >= 1 && shape.length <= 2 && rows >= 1 && width >= 1;
  if (!fits) throw new Error(`${name} has the shape (${shape.slice(0, 6).map((part) => part.slice(0, 20)).join(", ")}): expected a matrix or a vector, in whole numbers of at least 1`);
  const tooMany = past(limits.matrixNumbers, rows * width);
  if (tooMany) throw new Error(`${name} ${tooMany}`);
  const values = numbersOf(bytes.subarray(begin), {descr, count: rows * width, name});
  if (!/'fortran_order':\s*True/.test(header) || width === 1) return {name, values, rows, width};
  const turned = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < width; c++) turned[r * width + c] = values[c * rows + r];
  return {name, values: turned, rows, width};
}

function headerOf(bytes: Uint8Array, name: string): {header: string; begin: number} {
  const isWide = bytes[6] >= 2;
  const start = isWide ? 12 : 10;
  if (bytes.length < start) throw new Error(`${name} is cut off: it has ${bytes.length} bytes; expected a whole .npy file`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = isWide ? view.getUint32(8, true) : view.getUint16(8, true);
  if (length > longestHeader || start + length > bytes.length) throw new Error(`${name} is no whole .npy file: its header claims ${length} bytes; expected at most ${longestHeader}, of the ${bytes.length - start} that follow`);
  return {header: new TextDecoder("latin1").decode(bytes.subarray(start, start + length)), begin: start + length};
}

function numbersOf(bytes: Uint8Array, {descr, count, name}: {descr: string; count: number; name: string}): Float32Array {
  const kind = descr.replace(/^[<>|=]/, "");
  const dtype = Object.hasOwn(dtypes, kind) ? dtypes[kind] : undefined;
  if (!dtype) throw new Error(`${name} holds values of the type ${descr.slice(0, 20)}: expected numbers (${Object.keys(dtypes).join(", ")})`);
  const size = elementBytes[dtype];
  if (bytes.length < count * size) throw new Error(`${name} is cut off: ${count} values of ${size} bytes were announced, ${bytes.length} bytes are there; expected the whole file`);
  const own = bytes.subarray(0, count * size);
  const values = decodeValues(descr.startsWith(">") ? swapped(own, size) : own, dtype, name);
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

/** The bytes of each number the other way round. */
function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += size) for (let i = 0; i < size; i++) result[at + i] = bytes[at + size - 1 - i];
  return result;
}
