/** All bytes of an answer or a file, where they are no more than a limit allows: a server may send without end. */
import {past} from "../../limits.ts";
import type {Limit} from "../../limits.ts";

/** Throws an Error that begins with `name` as soon as there is too much; what was read is then let go. */
export async function readAtMost(body: ReadableStream<Uint8Array>, limit: Limit, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const {done, value} = await reader.read();
    if (done) break;
    size += value.length;
    const tooMuch = past(limit, size);
    if (tooMuch) {
      await reader.cancel();
      throw new Error(`${name} ${tooMuch}`);
    }
    pieces.push(value);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces.splice(0)) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** The same as text. */
export async function textAtMost(body: ReadableStream<Uint8Array>, limit: Limit, name: string): Promise<string> {
  return new TextDecoder().decode(await readAtMost(body, limit, name));
}
