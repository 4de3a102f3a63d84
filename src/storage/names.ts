/** Names of what is kept. Any text is one; on the disk each is a short key, which no slash, dot or length can lead astray. */
import {sha256} from "./sha256.ts";

/** The one form of a name: é typed as one character or as two is the same, and half a character is none. */
export function ownName(name: string): string {
  return new TextDecoder("utf-8", {ignoreBOM: true}).decode(new TextEncoder().encode(name.normalize("NFC")));
}

/** 32 hexadecimal digits that stand for a name. */
export const keyOf = (name: string): string => hashOf(ownName(name)).slice(0, 32);

/** SHA-256 of a text, in hexadecimal digits. */
export function hashOf(text: string): string {
  const hash = sha256();
  hash.update(new TextEncoder().encode(text));
  return hash.hex();
}

/** A name as messages quote it: cut where it is long, on one line. */
export function quotedName(name: string): string {
  const line = name.replace(/\s+/g, " ");
  return `“${line.length > 80 ? `${line.slice(0, 79)}…` : line}”`;
}
