/**
 * Reads the directory of a tar by hopping from header to header, so that members can be read in any order. For reading
 * from beginning to end, and for writing, there is the modern-tar package: see shards.ts.
 * Format: POSIX.1-2001 (ustar and pax), with GNU's long names.
 */
import type {Problem} from "../pairs.ts";
import type {Bytes, FileEntry, Files} from "./files.ts";
import {maxFileBytes, unsafePath} from "./files.ts";

const block = 512;

/** Opens a tar. Throws an Error naming the file when its first header is none. */
export async function openTar(bytes: Bytes): Promise<Files> {
  const places = new Map<string, {start: number; size: number}>();
  const problems: Problem[] = [];
  const text = new TextDecoder();
  /** Given ahead of a member by a pax or GNU header. */
  let longName: string | undefined;
  let longSize: number | undefined;

  for (let at = 0; at + block <= bytes.size; ) {
    const header = await bytes.read(at, at + block);
    if (header.every((byte) => byte === 0)) break;
    if (!hasChecksum(header)) {
      if (at === 0) throw new Error(`${bytes.name} is neither a zip nor a tar`);
      problems.push({where: bytes.name, what: `no header at byte ${at}: what follows could not be read`, kept: false});
      break;
    }
    const size = longSize ?? number(header, 124, 12);
    const start = at + block;
    const type = String.fromCharCode(header[156]);
    at = start + Math.ceil(size / block) * block;
    if (type === "x" || type === "L") {
      const extra = await bytes.read(start, start + Math.min(size, 1 << 20));
      if (type === "L") longName = field(text.decode(extra));
      else ({path: longName, size: longSize} = pax(text.decode(extra), longName));
      continue;
    }
    const prefix = field(text.decode(header.subarray(345, 500)));
    const short = field(text.decode(header.subarray(0, 100)));
    const path = (longName ?? (prefix && text.decode(header.subarray(257, 262)) === "ustar" ? `${prefix}/${short}` : short)).replace(/^(\.\/)+/, "");
    longName = longSize = undefined;
    if (type !== "0" && type !== "\0" && type !== "7") continue;
    const refusal = unsafePath(path) ?? (size > maxFileBytes ? `has ${size} bytes, more than a file of a data set` : undefined);
    if (refusal) problems.push({where: `${bytes.name}/${path}`, what: `${refusal}; it was refused`, kept: false});
    else if (start + size > bytes.size) problems.push({where: `${bytes.name}/${path}`, what: "the archive ends in the middle of it; it was left out", kept: false});
    else places.set(path, {start, size});
  }

  return {
    name: bytes.name,
    entries: [...places].map(([path, {size}]): FileEntry => ({path, size})),
    problems,
    async read(path) {
      const place = places.get(path);
      if (!place) throw new Error("is not in the archive");
      return bytes.read(place.start, place.start + place.size);
    },
    async close() {}
  };
}

/** The checksum counts its own eight bytes as spaces. */
function hasChecksum(header: Uint8Array): boolean {
  let sum = 0;
  for (let i = 0; i < block; i++) sum += i >= 148 && i < 156 ? 32 : header[i];
  return sum === number(header, 148, 8);
}

/** Octal text, or GNU's base 256 for what does not fit. */
function number(header: Uint8Array, at: number, length: number): number {
  if (header[at] & 0x80) return header.subarray(at + 1, at + length).reduce((value, byte) => value * 256 + byte, header[at] & 0x7f);
  return parseInt(field(String.fromCharCode(...header.subarray(at, at + length))).trim(), 8) || 0;
}

/** Records "length key=value\n". */
function pax(text: string, path: string | undefined): {path?: string; size?: number} {
  const found = (key: string) => new RegExp(`(?:^|\\n)\\d+ ${key}=([^\\n]*)\\n`).exec(text)?.[1];
  const size = found("size");
  return {path: found("path") ?? path, size: size === undefined ? undefined : Number(size)};
}

const field = (text: string) => text.split("\0", 1)[0];
