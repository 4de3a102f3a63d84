/** Reads a table of a WOFF2 font. Not the outlines (`glyf`, `loca`), which are stored in a form of their own. */
import {brotliDecompressSync} from "node:zlib";

/** Where the format's list of known tags has these (W3C, WOFF File Format 2.0, section 4.1). */
const [glyf, loca, math] = [10, 11, 31];

/** The bytes of the font's MATH table; undefined where it has none. */
export function mathTable(font: Buffer): Buffer | undefined {
  if (font.toString("latin1", 0, 4) !== "wOF2") throw new RangeError(`a WOFF2 font begins with "wOF2", this file with "${font.toString("latin1", 0, 4)}"`);
  const count = font.readUInt16BE(12);
  let at = 48;
  const length = () => {
    let value = 0;
    for (let byte = 0x80; byte & 0x80; ) value = value * 128 + ((byte = font[at++]) & 0x7f);
    return value;
  };
  let start = 0;
  let found: [number, number] | undefined;
  for (let table = 0; table < count; table++) {
    const flags = font[at++];
    const known = flags & 0x3f;
    if (known === 0x3f) at += 4;
    const plain = length();
    const version = flags >> 6;
    const stored = (known === glyf || known === loca ? version !== 3 : version !== 0) ? length() : plain;
    if (known === math) found = [start, start + stored];
    start += stored;
  }
  return found && brotliDecompressSync(font.subarray(at, at + font.readUInt32BE(20))).subarray(...found);
}
