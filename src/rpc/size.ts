/** About how much a value takes, measured without walking for ever. */

/** More parts than this are not looked at: they take longer to unpack and to walk than any argument is worth. */
const mostParts = 1_000_000;

/**
 * Bytes of a value of plain data, buffers and strings, about; files weigh nothing, since only their names cross. Stops counting above `enough`.
 * Infinity for more than a million parts, such as what contains itself.
 */
export function sizeOf(value: unknown, enough: number): number {
  const open: unknown[] = [value];
  let bytes = 0;
  for (let parts = 1; open.length > 0 && bytes <= enough; ) {
    const one = open.pop();
    if (typeof one === "string") bytes += 2 * one.length;
    else if (ArrayBuffer.isView(one) || one instanceof ArrayBuffer) bytes += one.byteLength;
    else if (typeof one === "object" && one !== null && !(one instanceof Blob)) {
      const inside = partsOf(one);
      parts += inside.length;
      if (parts > mostParts) return Infinity;
      for (const part of inside) open.push(part);
      bytes += 16;
    } else bytes += 8;
  }
  return bytes;
}

function partsOf(value: object): unknown[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof Set) return [...value];
  return Object.values(value);
}
