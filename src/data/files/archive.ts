/** Opens a zip or a tar, told by its content. Members are read where they lie: a 4 GB archive needs no 4 GB of memory. */
import {limits} from "../../limits.ts";
import type {Bytes, Files} from "./files.ts";
import {openTar} from "./tar.ts";
import {openZip} from "./zip.ts";

/** Opens an archive. Throws an Error naming the file when it is none. */
export async function openArchive(bytes: Bytes): Promise<Files> {
  const start = await bytes.read(0, 512);
  if (start[0] === 0x50 && start[1] === 0x4b) return openZip(bytes);
  if (start[0] === 0x1f && start[1] === 0x8b) return openTar(await inflated(bytes));
  if (start.length === 512) return openTar(bytes);
  throw new Error(`${bytes.name} is neither a zip nor a tar: it has ${bytes.size} bytes; expected a whole archive`);
}

/** A .tar.gz has no places to jump to, so it is unpacked once, into a Blob, which the browser may keep on disk. */
async function inflated(bytes: Bytes): Promise<Bytes> {
  let at = 0;
  const chunk = 1 << 20;
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (at >= bytes.size) return controller.close();
      controller.enqueue(new Uint8Array(await bytes.read(at, Math.min(at + chunk, bytes.size))));
      at += chunk;
    }
  });
  let size = 0;
  let bomb: string | undefined;
  const most = Math.max(limits.unpackedFree.most, limits.allUnpackedRatio.most * bytes.size);
  const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(piece, controller) {
      size += piece.length;
      if (size <= most) return controller.enqueue(piece);
      bomb = `${bytes.name} unpacks to more than ${limits.allUnpackedRatio.most} times its ${bytes.size} bytes, as a decompression bomb does: pack it anew`;
      controller.error(new Error(bomb));
    }
  });
  try {
    const blob = await new Response(packed.pipeThrough(new DecompressionStream("gzip")).pipeThrough(counted)).blob();
    return {name: bytes.name, size: blob.size, read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer())};
  } catch {
    throw new Error(bomb ?? `${bytes.name} begins like gzip but cannot be unpacked: it is cut off or damaged`);
  }
}
