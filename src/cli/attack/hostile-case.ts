/** A file that somebody made to do harm, or that came to harm; what should become of it. Makes none: see the makers beside this file. */

export type HostileKind = "checkpoint" | "model" | "matrix" | "captions" | "archive" | "image";

export interface HostileCase {
  /** The file's name: errors must say it. */
  name: string;
  kind: HostileKind;
  bytes: Uint8Array<ArrayBuffer>;
  /** "either": damaged by chance, so that it may still be whole where it matters. */
  expected: "read" | "refused" | "either";
  /** Members of an archive that must be found all the same. */
  members?: string[];
}

export type HostileMaker = (seed: number) => AsyncGenerator<HostileCase>;

const encoder = new TextEncoder();
export const textBytes = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text) as Uint8Array<ArrayBuffer>;

export function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, {length}) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Bytes through a compression of the platform: "gzip", "deflate", "deflate-raw". */
export async function packed(bytes: Uint8Array<ArrayBuffer>, format: CompressionFormat): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream(format))).arrayBuffer());
}

/** A copy with a few bytes changed, or cut off. */
export function damaged(bytes: Uint8Array, random: {(): number; integer(below: number): number}): Uint8Array<ArrayBuffer> {
  if (random() < 0.3) return bytes.slice(0, 1 + random.integer(bytes.length - 1)) as Uint8Array<ArrayBuffer>;
  const copy = bytes.slice() as Uint8Array<ArrayBuffer>;
  // Where a file says what it is, a change does most.
  for (let i = 0; i <= random.integer(4); i++) copy[random() < 0.7 ? random.integer(Math.min(600, copy.length)) : random.integer(copy.length)] = random.integer(256);
  return copy;
}
