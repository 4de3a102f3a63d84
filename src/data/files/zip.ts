/** Reads zips through zip.js, from any place in the file, refusing what a data set never holds. */
import {configure, Reader, Writer, ZipReader} from "@zip.js/zip.js/lib/zip-core-native.js";
import type {FileEntry as ZipEntry} from "@zip.js/zip.js";
import {limits, past} from "../../limits.ts";
import {Problems} from "../problems.ts";
import type {Bytes, Files} from "./files.ts";
import {unsafePath} from "./files.ts";

// We are in a worker already, or in Node.
configure({useWebWorkers: false});

/** Opens a zip (Zip64 too). Throws an Error naming the file when its directory is damaged. */
export async function openZip(bytes: Bytes): Promise<Files> {
  const zip = new ZipReader(new BytesReader(bytes));
  const members = new Map<string, ZipEntry>();
  const problems = new Problems();
  let unpacked = 0;
  let headers = 0;
  try {
    // We look at the names ourselves: one bad member must not cost the others.
    for await (const entry of zip.getEntriesGenerator({filenameValidation: "tolerant"})) {
      const tooMany = past(limits.members, ++headers);
      if (tooMany) {
        problems.add({where: bytes.name, what: tooMany, kept: false});
        break;
      }
      if (entry.directory) continue;
      const refusal = refuse(entry) ?? refuseAll(unpacked + entry.uncompressedSize, bytes.size);
      if (refusal) problems.add({where: `${bytes.name}/${entry.filename.slice(0, 200)}`, what: `${refusal}; it was refused`, kept: false});
      else {
        unpacked += entry.uncompressedSize;
        members.set(entry.filename, entry);
      }
    }
  } catch {
    throw new Error(`${bytes.name} begins like a zip but its directory cannot be read: it is cut off or damaged, so get it anew`);
  }
  return {
    name: bytes.name,
    entries: [...members.values()].map((entry) => ({path: entry.filename, size: entry.uncompressedSize})),
    problems: problems.list(bytes.name),
    async read(path) {
      const entry = members.get(path);
      if (!entry) throw new Error("is not in the archive");
      const writer = new BoundedWriter(entry.uncompressedSize);
      return entry.getData(writer, {checkSignature: true}).catch(() => {
        throw new Error(`cannot be unpacked: ${writer.isPast ? `it unpacks to more than the ${entry.uncompressedSize} bytes it claims` : "it is damaged, or packed in a way that is not read here"}`);
      });
    },
    close: () => zip.close()
  };
}

function refuse({encrypted, uncompressedSize, compressedSize, filename}: ZipEntry): string | undefined {
  if (encrypted) return "is encrypted";
  const isBomb = uncompressedSize > limits.unpackedFree.most && uncompressedSize > limits.unpackedRatio.most * compressedSize;
  if (isBomb) return `claims to unpack from ${compressedSize} to ${uncompressedSize} bytes, as a decompression bomb does`;
  return past(limits.fileBytes, uncompressedSize) ?? unsafePath(filename);
}

/** Members may lie over each other in the file, so that each is harmless and all together are not. */
function refuseAll(unpacked: number, archiveBytes: number): string | undefined {
  return unpacked <= 4 * limits.unpackedFree.most ? undefined : past(limits.allUnpackedRatio, Math.floor(unpacked / archiveBytes));
}

class BytesReader extends Reader<Bytes> {
  constructor(private readonly bytes: Bytes) {
    super(bytes);
    this.size = bytes.size;
  }

  override readUint8Array(index: number, length: number) {
    return this.bytes.read(index, Math.min(index + length, this.size));
  }
}

/** Takes as many bytes as the directory promised and no more: a member that lies about its size stops here. */
class BoundedWriter extends Writer<Uint8Array> {
  private readonly all: Uint8Array;
  private at = 0;
  /** Whether more came. */
  isPast = false;

  constructor(limit: number) {
    super();
    this.all = new Uint8Array(limit);
  }

  override async writeUint8Array(chunk: Uint8Array) {
    this.isPast = this.at + chunk.length > this.all.length;
    if (this.isPast) throw new RangeError("more came than was claimed");
    this.all.set(chunk, this.at);
    this.at += chunk.length;
  }

  override async getData() {
    return this.all.subarray(0, this.at);
  }
}
