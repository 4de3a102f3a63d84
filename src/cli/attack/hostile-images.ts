/** Images that are far larger than their files, of kinds that are not read, or damaged. */
import {seededRandom} from "../../tensor/random.ts";
import {damaged, joined, packed, textBytes} from "./hostile-case.ts";
import type {HostileCase} from "./hostile-case.ts";

const big = (value: number) => Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = joined(textBytes(type), data);
  return joined(big(data.length), body, big(crc32(body)));
}

/** A black PNG of one bit a pixel; `rows` that are there may be fewer than it claims. */
export async function pngOf(width: number, height: number, rows = height): Promise<Uint8Array<ArrayBuffer>> {
  const pixels = await packed(new Uint8Array((1 + Math.ceil(width / 8)) * rows), "deflate");
  return joined(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), chunk("IHDR", joined(big(width), big(height), Uint8Array.of(1, 0, 0, 0, 0))), chunk("IDAT", pixels), chunk("IEND", new Uint8Array(0)));
}

/** The beginning of a JPEG that claims a size, so many empty scans, and its end. */
function jpegOf(width: number, height: number, scans: number): Uint8Array<ArrayBuffer> {
  const frame = Uint8Array.of(0xff, 0xc2, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0);
  const scan = Uint8Array.of(0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0);
  return joined(Uint8Array.of(0xff, 0xd8), frame, ...Array.from({length: scans}, () => scan), Uint8Array.of(0xff, 0xd9));
}

function webpOf(width: number, height: number): Uint8Array<ArrayBuffer> {
  const little = (value: number, count: number) => Uint8Array.from({length: count}, (_, i) => (value >>> (8 * i)) & 255);
  const body = joined(textBytes("WEBPVP8X"), little(10, 4), new Uint8Array(4), little(width - 1, 3), little(height - 1, 3));
  return joined(textBytes("RIFF"), little(body.length, 4), body);
}

const gifOf = (width: number, height: number) => joined(textBytes("GIF89a"), Uint8Array.of(width & 255, width >> 8, height & 255, height >> 8, 0, 0, 0, 0x3b));
const begun = (start: string, length = 200) => joined(textBytes(start), new Uint8Array(length));
const unread: [string, Uint8Array<ArrayBuffer>][] = [
  ["photo.bmp", joined(textBytes("BM"), new Uint8Array(12), Uint8Array.of(40, 0, 0, 0), new Uint8Array(60))],
  ["photo.tiff", joined(textBytes("II*\0"), new Uint8Array(60))],
  ["photo.avif", joined(Uint8Array.of(0, 0, 0, 32), begun("ftypavif"))],
  ["photo.heic", joined(Uint8Array.of(0, 0, 0, 32), begun("ftypheic"))],
  ["photo.ico", joined(Uint8Array.of(0, 0, 1, 0), new Uint8Array(60))],
  ["photo.svg", begun('<svg xmlns="http://www.w3.org/2000/svg" width="100000" height="100000"></svg>')],
  ["photo.jxl", joined(Uint8Array.of(0xff, 0x0a), new Uint8Array(60))],
  ["page.jpg", begun("<html>404</html>")],
  ["empty.jpg", new Uint8Array(0)],
  ["zeros.jpg", new Uint8Array(5000)]
];

export async function* hostileImages(seed: number): AsyncGenerator<HostileCase> {
  const random = seededRandom(seed).fork("images");
  const one = async (name: string, bytes: Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>, expected: HostileCase["expected"] = "refused"): Promise<HostileCase> => ({name, kind: "image", bytes: await bytes, expected});
  yield one("largest.png", pngOf(8192, 8192), "read");
  yield one("16000.png", pngOf(16_000, 16_000));
  yield one("wide.png", pngOf(60_000, 10));
  yield one("tall.png", pngOf(10, 200_000));
  yield one("unending.png", pngOf(2 ** 31 - 1, 2 ** 31 - 1, 1));
  yield one("nothing.png", pngOf(0, 0, 1));
  yield one("rows gone.png", pngOf(4000, 4000, 2), "either");
  yield one("65535.jpg", jpegOf(65_535, 65_535, 1));
  yield one("scans.jpg", jpegOf(8000, 8000, 5000));
  yield one("no scan.jpg", jpegOf(100, 100, 0), "either");
  yield one("16777216.webp", webpOf(2 ** 24, 2 ** 24));
  yield one("65535.gif", gifOf(65_535, 65_535));
  for (const [name, bytes] of unread) yield one(name, bytes);
  const good = await pngOf(64, 64);
  for (let i = 0; i < 25; i++) yield one(`damaged ${i}.png`, damaged(good, random), "either");
}
