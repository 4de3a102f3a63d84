/** The number types of safetensors files, to and from JavaScript's arrays. Files are little-endian; so is every machine that runs this. */

export const elementBytes = {
  F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, U64: 8, I32: 4, U32: 4, I16: 2, U16: 2, I8: 1, U8: 1, BOOL: 1
} as const;

export type Dtype = keyof typeof elementBytes;
export type Values = Float32Array | Int32Array;

export function isDtype(value: unknown): value is Dtype {
  return typeof value === "string" && Object.hasOwn(elementBytes, value);
}

const scratch = new DataView(new ArrayBuffer(4));

/** The float32 nearest to a bfloat16's bits: its upper half. */
function bfloat16ToFloat(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/** bfloat16 bits of a number, rounded to nearest, ties to even. */
function floatToBfloat16(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  if (Number.isNaN(value)) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Half-float bits of a number, rounded to nearest, ties to even; numbers past 65,519 become infinite. */
function floatToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.min(15, Math.floor(Math.log2(size))));
  // A step at this exponent; exact, as it is a power of two.
  const steps = roundToEven(size / 2 ** (exponent - 10));
  // 1024 steps are the next exponent's first number, and subnormals carry over into the normals by themselves.
  return sign | (((exponent + 14) << 10) + steps);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

let halves: Float32Array | undefined;

/** Every half float by its bits, made when first asked for: a model has hundreds of millions of numbers and 65,536 different ones. */
function halfTable(): Float32Array {
  return (halves ??= Float32Array.from({length: 65536}, (_, bits) => halfToFloat(bits)));
}

/** Floats of 16 or 32 bits into `out`, fast; false, and nothing done, for other types. `bytes` must hold as many numbers as `out`. */
export function decodeFloats(bytes: Uint8Array, dtype: Dtype, out: Float32Array): boolean {
  if (dtype !== "F32" && dtype !== "F16" && dtype !== "BF16") return false;
  const own = bytes.byteOffset % elementBytes[dtype] === 0 ? bytes : new Uint8Array(copyOf(bytes));
  if (dtype === "F32") {
    out.set(new Float32Array(own.buffer, own.byteOffset, out.length));
    return true;
  }
  const bits = new Uint16Array(own.buffer, own.byteOffset, out.length);
  if (dtype === "F16") {
    const table = halfTable();
    for (let i = 0; i < out.length; i++) out[i] = table[bits[i]];
  } else {
    const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
    for (let i = 0; i < words.length; i++) words[i] = bits[i] << 16;
  }
  return true;
}

/** A tensor's bytes as numbers; `name` is for errors. Copies, so that the bytes may lie at any offset. */
export function decodeValues(bytes: Uint8Array, dtype: Dtype, name: string): Values {
  const count = bytes.byteLength / elementBytes[dtype];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fill = <T extends Values>(values: T, read: (i: number) => number): T => {
    for (let i = 0; i < count; i++) values[i] = read(i);
    return values;
  };
  const floats = (read: (i: number) => number) => fill(new Float32Array(count), read);
  const integers = (read: (i: number) => number) => fill(new Int32Array(count), read);
  switch (dtype) {
    case "F32": return new Float32Array(copyOf(bytes));
    case "I32": return new Int32Array(copyOf(bytes));
    case "F64": return floats((i) => view.getFloat64(8 * i, true));
    case "F16": return floats((i) => halfToFloat(view.getUint16(2 * i, true)));
    case "BF16": return floats((i) => bfloat16ToFloat(view.getUint16(2 * i, true)));
    case "I64": return integers((i) => toInt32(view.getBigInt64(8 * i, true), name));
    case "U64": return integers((i) => toInt32(view.getBigUint64(8 * i, true), name));
    case "U32": return integers((i) => toInt32(view.getUint32(4 * i, true), name));
    case "I16": return integers((i) => view.getInt16(2 * i, true));
    case "U16": return integers((i) => view.getUint16(2 * i, true));
    case "I8": return integers((i) => view.getInt8(i));
    case "U8":
    case "BOOL": return integers((i) => view.getUint8(i));
  }
}

/** A buffer of these bytes alone. Node's Buffer must not be asked for `slice`: it gives a view. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(bytes);
  return copy.buffer;
}

function toInt32(value: bigint | number, name: string): number {
  const number = Number(value);
  if (number !== (number | 0)) throw new RangeError(`${name} holds ${value}, which does not fit 32 bits`);
  return number;
}

/** Numbers as a tensor's bytes. */
export function encodeValues(values: ArrayLike<number>, dtype: Dtype, name: string): Uint8Array {
  const size = elementBytes[dtype];
  if (dtype === "F32") return asBytes(values instanceof Float32Array ? values : Float32Array.from(values));
  if (dtype === "I32") return asBytes(values instanceof Int32Array ? values : Int32Array.from(values));
  const view = new DataView(new ArrayBuffer(values.length * size));
  const write: Partial<Record<Dtype, (i: number, value: number) => void>> = {
    F64: (i, value) => view.setFloat64(8 * i, value, true),
    F16: (i, value) => view.setUint16(2 * i, floatToHalf(value), true),
    BF16: (i, value) => view.setUint16(2 * i, floatToBfloat16(value), true),
    I64: (i, value) => view.setBigInt64(8 * i, BigInt(value), true),
    U8: (i, value) => view.setUint8(i, value)
  };
  const put = write[dtype];
  if (!put) throw new Error(`safetensors: "${name}" cannot be written as ${dtype}; written are F64, F32, F16, BF16, I64, I32 and U8`);
  for (let i = 0; i < values.length; i++) put(i, values[i]);
  return new Uint8Array(view.buffer);
}

/** A copy: the caller may go on changing the values while the bytes wait to be written. */
function asBytes(values: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(values.slice().buffer);
}
