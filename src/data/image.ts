/** Looks at an image file's first and last bytes: what it is, how large, whether it is all there. Decodes nothing. */
import {limits, past} from "../limits.ts";

export interface ImageHeader {
  kind: "jpeg" | "png" | "webp" | "gif";
  width: number;
  height: number;
  /** Four inks instead of three lights: needs a conversion of its own. */
  cmyk: boolean;
}

/**
 * Reads a header. Throws an Error whose message says what is wrong, fit to be put after the file's name: empty, not an
 * image, of a kind that is not read, cut off, too large.
 */
export function inspectImage(bytes: Uint8Array): ImageHeader {
  if (bytes.length === 0) throw new Error("is empty (0 bytes): expected a JPEG, PNG, WebP or GIF");
  const tooLong = past(limits.imageBytes, bytes.length);
  if (tooLong) throw new Error(tooLong);
  const unread = unreadKind(bytes);
  if (unread) throw new Error(`is ${unread}, which is not read here: save it as JPEG, PNG or WebP`);
  const header = jpegHeader(bytes) ?? pngHeader(bytes) ?? webpHeader(bytes) ?? gifHeader(bytes);
  if (!header) throw new Error(`is no JPEG, PNG, WebP or GIF: it starts with ${describeStart(bytes)}; expected one of these`);
  if (!(header.width > 0 && header.height > 0)) throw new Error(`is a ${header.kind.toUpperCase()} without a size in its header: save it anew`);
  const tooWide = past(limits.sidePx, Math.max(header.width, header.height));
  if (tooWide) throw new Error(tooWide);
  if (header.width * header.height > limits.pixels.most) throw new Error(limits.pixels.says(`${header.width} x ${header.height}`));
  return header;
}

/** The kinds that people have and that are not read, by their first bytes. */
function unreadKind(bytes: Uint8Array): string | undefined {
  if (ascii(bytes, 0, 2) === "BM" && bytes.length > 26 && little(bytes, 14, 4) < 256) return "a BMP";
  if (["II*\0", "MM\0*"].includes(ascii(bytes, 0, 4))) return "a TIFF";
  if (ascii(bytes, 4, 4) === "ftyp") return ({avif: "an AVIF", avis: "an AVIF", heic: "a HEIC", heix: "a HEIC", mif1: "a HEIF"} as Record<string, string>)[ascii(bytes, 8, 4)] ?? "a film";
  if (bytes[0] === 0xff && bytes[1] === 0x0a) return "a JPEG XL";
  if (ascii(bytes, 0, 4) === "\0\0\x01\0") return "an ICO";
  return /^(<\?xml[^]*?)?<svg[\s>]/.test(ascii(bytes, 0, 400).trimStart()) ? "an SVG" : undefined;
}

function jpegHeader(bytes: Uint8Array): ImageHeader | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8 || bytes[2] !== 0xff) return;
  // Some cameras pad after the end marker, so look a little before the end.
  let complete = false;
  for (let i = bytes.length - 2; i >= 0 && i > bytes.length - 65536 && !complete; i--) complete = bytes[i] === 0xff && bytes[i + 1] === 0xd9;
  if (!complete) throw new Error(`is a truncated JPEG: no end marker in its ${bytes.length.toLocaleString("en")} bytes, so take the whole file`);
  for (let i = 2; i + 9 < bytes.length; ) {
    if (bytes[i] !== 0xff) throw new Error(`is a broken JPEG: no marker at byte ${i}`);
    const marker = bytes[i + 1];
    if (marker === 0xff) {
      i++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) checkScans(bytes);
    if (isFrame) return {kind: "jpeg", width: big16(bytes, i + 7), height: big16(bytes, i + 5), cmyk: bytes[i + 9] === 4};
    if (marker === 0xd9 || marker === 0xda) break;
    i += marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7) ? 2 : 2 + big16(bytes, i + 2);
  }
  throw new Error("is a broken JPEG: no frame header");
}

/** A progressive picture is drawn once a scan, and a scan of nothing takes a few bytes. Inside a scan's data a marker cannot stand. */
function checkScans(bytes: Uint8Array): void {
  let scans = 0;
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) if (bytes[at + 1] === 0xda) scans++;
  const tooMany = past(limits.jpegScans, scans);
  if (tooMany) throw new Error(tooMany);
}

function pngHeader(bytes: Uint8Array): ImageHeader | undefined {
  if (bytes[0] !== 0x89 || ascii(bytes, 1, 3) !== "PNG") return;
  if (bytes.length < 33 || !ascii(bytes, bytes.length - 12, 12).includes("IEND")) throw new Error(`is a truncated PNG: no end chunk in its ${bytes.length.toLocaleString("en")} bytes`);
  return {kind: "png", width: big32(bytes, 16), height: big32(bytes, 20), cmyk: false};
}

function webpHeader(bytes: Uint8Array): ImageHeader | undefined {
  if (ascii(bytes, 0, 4) !== "RIFF" || ascii(bytes, 8, 4) !== "WEBP" || bytes.length < 30) return;
  const size = little(bytes, 4, 4) + 8;
  if (size > bytes.length) throw new Error(`is a truncated WebP: ${bytes.length.toLocaleString("en")} of ${size.toLocaleString("en")} bytes`);
  const form = ascii(bytes, 12, 4);
  if (form === "VP8X") return {kind: "webp", width: little(bytes, 24, 3) + 1, height: little(bytes, 27, 3) + 1, cmyk: false};
  if (form === "VP8L") {
    const bits = little(bytes, 21, 4);
    return {kind: "webp", width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, cmyk: false};
  }
  return {kind: "webp", width: little(bytes, 26, 2) & 0x3fff, height: little(bytes, 28, 2) & 0x3fff, cmyk: false};
}

function gifHeader(bytes: Uint8Array): ImageHeader | undefined {
  if (ascii(bytes, 0, 4) !== "GIF8") return;
  if (bytes[bytes.length - 1] !== 0x3b) throw new Error(`is a truncated GIF: no trailer in its ${bytes.length.toLocaleString("en")} bytes`);
  return {kind: "gif", width: little(bytes, 6, 2), height: little(bytes, 8, 2), cmyk: false};
}

/** Whether a file of this name should be an image at all: what is not is passed over in silence. */
export function hasImageName(name: string): boolean {
  return /\.(jpe?g|png|webp|gif)$/i.test(name) && !/(^|\/)(\._|__MACOSX\/)/.test(name);
}

function describeStart(bytes: Uint8Array): string {
  const start = bytes.subarray(0, 12);
  return start.every((b) => b >= 32 && b < 127) ? `"${ascii(start, 0, start.length)}"` : `the bytes ${[...start.subarray(0, 4)].map((b) => b.toString(16).padStart(2, "0")).join(" ")}`;
}

const ascii = (bytes: Uint8Array, at: number, count: number) => String.fromCharCode(...bytes.subarray(Math.max(at, 0), at + count));
const big16 = (bytes: Uint8Array, at: number) => (bytes[at] << 8) | bytes[at + 1];
const big32 = (bytes: Uint8Array, at: number) => big16(bytes, at) * 65536 + big16(bytes, at + 2);
const little = (bytes: Uint8Array, at: number, count: number) => Array.from({length: count}, (_, i) => bytes[at + i] * 256 ** i).reduce((a, b) => a + b, 0);
