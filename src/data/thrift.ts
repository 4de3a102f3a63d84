/** Thrift's compact protocol, in which Parquet writes its headers: read within its bytes, lists no longer than these, nesting bounded. */

/** Fields by their number. */
export type ThriftStruct = Map<number, ThriftValue>;
export type ThriftValue = boolean | number | Uint8Array | ThriftValue[] | ThriftStruct;

const deepest = 16;

/** A struct that begins at `at`, and where it ends. Throws an Error where the bytes are none. */
export function readThrift(bytes: Uint8Array, at: number, end = bytes.length): {struct: ThriftStruct; end: number} {
  const refuse = (): never => {
    throw new Error("it is cut off or damaged, so write it anew");
  };
  const byte = () => (at < end ? bytes[at++] : refuse());
  const varint = () => {
    let value = 0;
    for (let shift = 0; shift < 63; shift += 7) {
      const next = byte();
      value += (next & 127) * 2 ** shift;
      if (next < 128) return value;
    }
    return refuse();
  };
  const signed = () => {
    const value = varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  const skipped = (count: number) => {
    if (count > end - at) refuse();
    at += count;
    return bytes.subarray(at - count, at);
  };
  const list = (depth: number) => {
    const head = byte();
    const count = head >> 4 === 15 ? varint() : head >> 4;
    if (count > end - at) refuse();
    return Array.from({length: count}, () => value(head & 15, depth, true));
  };
  function value(type: number, depth: number, inList = false): ThriftValue {
    if (depth > deepest) refuse();
    if (type === 1 || type === 2) return inList ? byte() === 1 : type === 1;
    if (type === 3) return byte();
    if (type >= 4 && type <= 6) return signed();
    if (type === 7) return skipped(8);
    if (type === 8) return skipped(varint());
    if (type === 9) return list(depth + 1);
    return type === 12 ? fields(depth + 1) : refuse();
  }
  function fields(depth: number): ThriftStruct {
    const found: ThriftStruct = new Map();
    for (let last = 0; ; ) {
      const head = byte();
      if ((head & 15) === 0) return found;
      last = head >> 4 === 0 ? signed() : last + (head >> 4);
      found.set(last, value(head & 15, depth));
    }
  }
  const struct = fields(0);
  return {struct, end: at};
}
