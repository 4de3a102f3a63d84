/** Tars and zips that lie about sizes, names and places, and bombs; a good member stands behind most of the bad ones, and must be found. */
import {seededRandom} from "../../tensor/random.ts";
import {damaged, joined, packed, textBytes} from "./hostile-case.ts";
import type {HostileCase} from "./hostile-case.ts";

interface TarMember {
  name: string;
  data?: Uint8Array;
  /** The twelve bytes that say its size, in place of the true ones. */
  size?: string | Uint8Array;
  type?: string;
}

/** A member with its header, as it stands in a tar. */
function tarMember({name, data = new Uint8Array(0), size = data.length.toString(8).padStart(11, "0"), type = "0"}: TarMember): Uint8Array {
  const block = new Uint8Array(512 + Math.ceil(data.length / 512) * 512);
  const put = (at: number, text: string | Uint8Array) => block.set(typeof text === "string" ? textBytes(text) : text, at);
  put(0, name.slice(0, 100));
  put(100, "0000644\0" + "0000000\0" + "0000000\0");
  put(124, size);
  put(136, "00000000000\0        ");
  put(156, type);
  put(257, "ustar\0" + "00");
  const sum = block.subarray(0, 512).reduce((all, byte) => all + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  block.set(data, 512);
  return block;
}

const tar = (...members: TarMember[]) => joined(...members.map(tarMember), new Uint8Array(1024));
const pax = (records: string): TarMember => ({name: "PaxHeader", type: "x", data: textBytes(records)});
const record = (text: string) => `${text.length + 4} ${text}\n`;
const plain = (name: string): TarMember => ({name, data: textBytes("some text")});
const last = plain("last.txt");

const tars: [string, Uint8Array<ArrayBuffer>, string[]?][] = [
  ["negative by pax", tar(pax(record("size=-512")), plain("a.txt"), last), ["a.txt", "last.txt"]],
  ["negative by far", tar(pax(record("size=-1048576")), plain("a.txt"), last), ["last.txt"]],
  ["no number by pax", tar(pax(record("size=abc")), plain("a.txt"), last), ["a.txt", "last.txt"]],
  ["broken by pax", tar(pax(record("size=1.5")), plain("a.txt"), last), ["last.txt"]],
  ["hexadecimal by pax", tar(pax(record("size=0x200")), plain("a.txt"), last), ["last.txt"]],
  ["infinite by pax", tar(pax(record("size=Infinity")), plain("a.txt"), last), ["last.txt"]],
  ["empty by pax", tar(pax(record("size=")), plain("a.txt"), last), ["last.txt"]],
  ["negative in octal", tar({...plain("a.txt"), size: "-0000001000"}, last)],
  ["letters in octal", tar({...plain("a.txt"), size: "zzzzzzzzzzz"}, last)],
  ["negative in base 256", tar({...plain("a.txt"), size: new Uint8Array(12).fill(255)}, last)],
  ["large in base 256", tar({...plain("a.txt"), size: Uint8Array.of(128, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0)}, last)],
  ["longer than the file", tar({...plain("a.txt"), size: "77777777777"}, last)],
  ["a name that leads out", tar(plain("../../a.txt"), last), ["last.txt"]],
  ["an absolute name", tar(plain("/etc/a.txt"), last), ["last.txt"]],
  ["an endless name", tar({name: "long", type: "L", data: textBytes("n".repeat(100_000))}, plain("a.txt"), last), ["last.txt"]],
  ["links", tar({name: "a.txt", type: "2"}, {name: "b.txt", type: "1"}, last), ["last.txt"]],
  ["pax without end", tar(...Array.from({length: 2000}, () => pax(record("size=-1"))), last), ["last.txt"]],
  ["pax of digits", tar(pax("1".repeat(900_000)), last), ["last.txt"]],
  ["headers alone", tar(...Array.from({length: 4000}, (_, i): TarMember => ({name: `${i}.jpg`})), last), ["last.txt"]],
  ["noise", new Uint8Array(4096).fill(7)],
  ["too short", new Uint8Array(100)]
];

export interface ZipMember {
  name: string;
  packed: Uint8Array;
  /** What it claims to unpack to. */
  size: number;
  /** Takes the bytes of the member before it. */
  again?: boolean;
  flags?: number;
}

/** A zip of deflated members, whatever they claim. Checksums are left out: who unpacks a member finds that out. */
export function zipOf(members: readonly ZipMember[]): Uint8Array<ArrayBuffer> {
  const local: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let [at, begin] = [0, 0];
  for (const {name, packed: data, size, again = false, flags = 0x800} of members) {
    const title = textBytes(name);
    if (!again) {
      const head = new DataView(new ArrayBuffer(30));
      [0x04034b50, 0].forEach((value, i) => head.setUint32(4 * i, value, true));
      fields(head, 4, {flags, packedBytes: data.length, size, nameBytes: title.length});
      begin = at;
      local.push(new Uint8Array(head.buffer), title, data);
      at += 30 + title.length + data.length;
    }
    const entry = new DataView(new ArrayBuffer(46));
    entry.setUint32(0, 0x02014b50, true);
    entry.setUint16(4, 20, true);
    fields(entry, 6, {flags, packedBytes: data.length, size, nameBytes: title.length});
    entry.setUint32(42, begin, true);
    central.push(new Uint8Array(entry.buffer), title);
  }
  const directory = joined(...central);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  for (const place of [8, 10]) end.setUint16(place, members.length, true);
  end.setUint32(12, directory.length, true);
  end.setUint32(16, at, true);
  return joined(...local, directory, new Uint8Array(end.buffer));
}

/** What a member's two headers share, from "version needed" on. */
function fields(view: DataView, at: number, {flags, packedBytes, size, nameBytes}: {flags: number; packedBytes: number; size: number; nameBytes: number}): void {
  view.setUint16(at, 20, true);
  view.setUint16(at + 2, flags, true);
  view.setUint16(at + 4, 8, true);
  view.setUint32(at + 14, packedBytes, true);
  view.setUint32(at + 18, size, true);
  view.setUint16(at + 22, nameBytes, true);
}

export async function* hostileArchives(seed: number): AsyncGenerator<HostileCase> {
  const random = seededRandom(seed).fork("archives");
  for (const [what, bytes, members] of tars) yield {name: `${what}.tar`, kind: "archive", bytes, expected: members ? "read" : "either", members};
  const zeros = await packed(new Uint8Array(100_000_000), "gzip");
  yield {name: "bomb.tar.gz", kind: "archive", bytes: zeros, expected: "refused"};
  yield {name: "cut.tar.gz", kind: "archive", bytes: (await packed(tar(last), "gzip")).slice(0, 60), expected: "refused"};

  const text = await packed(textBytes("some text"), "deflate-raw");
  const many = await packed(new Uint8Array(16_000_000), "deflate-raw");
  const good = {name: "last.txt", packed: text, size: 9};
  const zips: [string, ZipMember[]][] = [
    ["overlapping", [{name: "0.jpg", packed: many, size: 16_000_000}, ...Array.from({length: 1500}, (_, i) => ({name: `${i + 1}.jpg`, packed: many, size: 16_000_000, again: true}))]],
    ["a bomb", [{name: "a.jpg", packed: many, size: 4_000_000_000}, good]],
    ["more than it claims", [{name: "a.jpg", packed: many, size: 100}, good]],
    ["less than it claims", [{name: "a.jpg", packed: text, size: 10_000_000}, good]],
    ["encrypted", [{name: "a.jpg", packed: text, size: 9, flags: 0x801}, good]],
    ["a name that leads out", [{name: "../a.jpg", packed: text, size: 9}, good]],
    ["an endless name", [{name: "n".repeat(60_000), packed: text, size: 9}, good]],
    ["no deflate", [{name: "a.jpg", packed: new Uint8Array(500).fill(255), size: 500}, good]]
  ];
  for (const [what, members] of zips) yield {name: `${what}.zip`, kind: "archive", bytes: zipOf(members), expected: "read", members: what === "overlapping" ? [] : ["last.txt"]};
  const whole = zipOf([good, {...good, name: "b.txt"}]);
  for (let i = 0; i < 12; i++) yield {name: `damaged ${i}.zip`, kind: "archive", bytes: damaged(whole, random), expected: "either"};
  for (let i = 0; i < 12; i++) yield {name: `damaged ${i}.tar`, kind: "archive", bytes: damaged(tar(plain("a.txt"), last), random), expected: "either"};
}
