/** Reads zips through zip.js, from any place in the file, refusing what a data set never holds. */
import {configure, Reader, Writer, ZipReader} from "@zip.js/zip.js/lib/zip-core-native.js";
import type {FileEntry as ZipEntry} from "@zip.js/zip.js";
import type {Problem} from "../pairs.ts";
import type {Bytes, Files} from "./files.ts";
import {maxFileBytes, unsafePath} from "./files.ts";

// We are in a worker already, or in Node.
configure({useWebWorkers: false});

/** Photos do not shrink; text shrinks tenfold. A thousandfold is a bomb. */
const maxRatio = 200;
const smallBytes = 16_777_216;

/** Opens a zip (Zip64 too). Throws an Error naming the file when its directory is damaged. */
export async function openZip(bytes: Bytes): Promise<Files> {
  const zip = new ZipReader(new BytesReader(bytes));
  const members = new Map<string, ZipEntry>();
  const problems: Problem[] = [];
  try {
    // We look at the names ourselves: one bad member must not cost the others.
    for await (const entry of zip.getEntriesGenerator({filenameValidation: "tolerant"})) {
      if (entry.directory) continue;
      const refusal = refuse(entry);
      if (refusal) problems.push({where: `${bytes.name}/${entry.filename}`, what: `${refusal}; it was refused`, kept: false});
      else members.set(entry.filename, entry);
    }
  } catch (error) {
    throw new Error(`${bytes.name} begins like a zip but its directory cannot be read (${(error as Error).message}): it may be cut off`);
  }
  return {
    name: bytes.name,
    entries: [...members.values()].map((entry) => ({path: entry.filename, size: entry.uncompressedSize})),
    problems,
    async read(path) {
      const entry = members.get(path);
      if (!entry) throw new Error("is not in the archive");
      return entry.getData(new BoundedWriter(entry.uncompressedSize), {checkSignature: true}).catch((error: Error) => {
        throw new Error(`cannot be unpacked: ${error.message}`);
      });
    },
    close: () => zip.close()
  };
}

function refuse(entry: ZipEntry): string | undefined {
  if (entry.encrypted) return "is encrypted";
  if (entry.uncompressedSize > maxFileBytes || (entry.uncompressedSize > smallBytes && entry.uncompressedSize > maxRatio * entry.compressedSize)) {
    return `claims to unpack from ${entry.compressedSize} to ${entry.uncompressedSize} bytes, as a decompression bomb does`;
  }
  return unsafePath(entry.filename);
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

  constructor(limit: number) {
    super();
    this.all = new Uint8Array(limit);
  }

  override async writeUint8Array(chunk: Uint8Array) {
    if (this.at + chunk.length > this.all.length) throw new Error(`it unpacks to more than the ${this.all.length} bytes it claims`);
    this.all.set(chunk, this.at);
    this.at += chunk.length;
  }

  override async getData() {
    return this.all.subarray(0, this.at);
  }
}
