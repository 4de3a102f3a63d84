/**
 * Reads the directory of a tar by hopping from header to header, so that members can be read in any order. For reading
 * from beginning to end, and for writing, there is the modern-tar package: see shards.ts.
 * Format: POSIX.1-2001 (ustar and pax), with GNU's long names.
 */
import {shown} from "../../json.ts";
import {limits, past} from "../../limits.ts";
import {Problems} from "../problems.ts";
import type {Bytes, FileEntry, Files} from "./files.ts";
import {unsafePath} from "./files.ts";

const block = 512;
const text = new TextDecoder();

interface Place {
  start: number;
  size: number;
}

/** What a pax or GNU header tells of the member behind it. */
interface Ahead {
  path?: string;
  size?: string;
}

/** Opens a tar. Throws an Error naming the file when its first header is none. What cannot be read of it is among its problems, and costs no other member. */
export async function openTar(bytes: Bytes): Promise<Files> {
  const {places, problems} = await directoryOf(bytes);
  return {
    name: bytes.name,
    entries: [...places].map(([path, {size}]): FileEntry => ({path, size})),
    problems: problems.list(bytes.name),
    async read(path) {
      const place = places.get(path);
      if (!place) throw new Error("is not in the archive");
      return bytes.read(place.start, place.start + place.size);
    },
    async close() {}
  };
}

async function directoryOf(bytes: Bytes): Promise<{places: Map<string, Place>; problems: Problems}> {
  const places = new Map<string, Place>();
  const problems = new Problems();
  const problem = (path: string, what: string) => problems.add({where: `${bytes.name}${path && `/${path.slice(0, 200)}`}`, what, kept: false});
  let ahead: Ahead = {};
  for (let at = 0, headers = 0; at + block <= bytes.size; headers++) {
    const header = await bytes.read(at, at + block);
    if (header.every((byte) => byte === 0)) break;
    if (!hasChecksum(header)) {
      if (at === 0) throw new Error(`${bytes.name} is neither a zip nor a tar: expected one of these`);
      problem("", `no header at byte ${at}: what follows could not be read`);
      break;
    }
    const tooMany = past(limits.members, headers + 1);
    if (tooMany) {
      problem("", tooMany);
      break;
    }
    const own = number(header, 124, 12);
    const told = ahead.size === undefined ? own : wholeNumber(ahead.size);
    const type = String.fromCharCode(header[156]);
    const path = (ahead.path ?? ustarPath(header)).replace(/^(\.\/)+/, "");
    if (told === undefined && ahead.size !== undefined) problem(path, `its size is given as ${shown(ahead.size)}, expected a whole number of bytes; the size in its own header was taken`);
    const size = told ?? own;
    if (size === undefined) {
      problem(path, `no size in the header at byte ${at}: what follows could not be read`);
      break;
    }
    const start = at + block;
    at = start + Math.ceil(size / block) * block;
    if (type === "x" || type === "L") {
      const extra = text.decode(await bytes.read(start, start + Math.min(size, 1 << 20)));
      ahead = type === "L" ? {...ahead, path: field(extra)} : {...ahead, ...pax(extra)};
      continue;
    }
    // What holds for all members, and the target of a link behind it.
    if (type === "g" || type === "K") continue;
    ahead = {};
    const refusal = refuse(path, type, {start, size}, bytes.size);
    if (refusal === "folder") continue;
    if (refusal !== undefined) problem(path, refusal);
    else places.set(path, {start, size});
  }
  return {places, problems};
}

/** Why a member is not taken; undefined where it is. */
function refuse(path: string, type: string, {start, size}: Place, archiveBytes: number): string | undefined {
  if (type === "5") return "folder";
  if (type !== "0" && type !== "\0" && type !== "7") return `is ${type === "1" || type === "2" ? "a link" : "no plain file"}; it was left out`;
  const refusal = unsafePath(path) ?? past(limits.fileBytes, size);
  if (refusal) return `${refusal}; it was refused`;
  return start + size > archiveBytes ? "the archive ends in the middle of it; it was left out" : undefined;
}

function ustarPath(header: Uint8Array): string {
  const prefix = field(text.decode(header.subarray(345, 500)));
  const short = field(text.decode(header.subarray(0, 100)));
  return prefix && text.decode(header.subarray(257, 262)) === "ustar" ? `${prefix}/${short}` : short;
}

/** The checksum counts its own eight bytes as spaces. */
function hasChecksum(header: Uint8Array): boolean {
  let sum = 0;
  for (let i = 0; i < block; i++) sum += i >= 148 && i < 156 ? 32 : header[i];
  return sum === number(header, 148, 8);
}

/** Octal text, or GNU's base 256 for what does not fit; undefined where it is neither, negative, or past what can be counted. */
function number(header: Uint8Array, at: number, length: number): number | undefined {
  if (header[at] & 0x80) {
    const value = header.subarray(at + 1, at + length).reduce((sum, byte) => sum * 256 + byte, header[at] & 0x7f);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = field(String.fromCharCode(...header.subarray(at, at + length))).trim();
  return /^[0-7]*$/.test(digits) ? parseInt(digits || "0", 8) : undefined;
}

function wholeNumber(digits: string): number | undefined {
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}

/** Records "length key=value\n". */
function pax(records: string): Ahead {
  const found = (key: string) => new RegExp(`(?:^|\\n)\\d+ ${key}=([^\\n]*)\\n`).exec(records)?.[1];
  const [path, size] = [found("path"), found("size")];
  return {...(path !== undefined && {path}), ...(size !== undefined && {size})};
}

const field = (padded: string) => padded.split("\0", 1)[0];
