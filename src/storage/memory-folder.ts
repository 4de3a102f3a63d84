/** A folder in the memory of a page or worker, where there is no private file system. What it holds is gone with the page. */
import type {Folder, FileWriter, ByteSource} from "./folder.ts";

/** Files grow by blocks, so that a large one is never copied. */
const blockBytes = 1 << 16;

class MemoryFile {
  size = 0;
  private readonly blocks: Uint8Array[] = [];

  write(bytes: Uint8Array, at: number): void {
    const end = at + bytes.length;
    while (this.blocks.length * blockBytes < end) this.blocks.push(new Uint8Array(blockBytes));
    this.each(at, end, (block, from, to, done) => block.set(bytes.subarray(done, done + to - from), from));
    this.size = Math.max(this.size, end);
  }

  /** Fills `target` from byte `at` on; how many bytes there were. */
  read(target: Uint8Array, at: number): number {
    const end = Math.min(at + target.length, this.size);
    this.each(at, end, (block, from, to, done) => target.set(block.subarray(from, to), done));
    return Math.max(0, end - at);
  }

  truncate(size: number): void {
    this.blocks.length = Math.min(this.blocks.length, Math.ceil(size / blockBytes));
    this.size = Math.min(this.size, size);
  }

  private each(begin: number, end: number, visit: (block: Uint8Array, from: number, to: number, done: number) => void): void {
    for (let at = begin; at < end; ) {
      const from = at % blockBytes;
      const to = Math.min(blockBytes, from + end - at);
      visit(this.blocks[Math.floor(at / blockBytes)], from, to, at - begin);
      at += to - from;
    }
  }
}

export function memoryFolder(): Folder {
  const folders = new Map<string, Folder>();
  const files = new Map<string, MemoryFile>();
  return {
    entries: async () => [...[...folders.keys()].map((name) => ({name, kind: "folder" as const})), ...[...files.keys()].map((name) => ({name, kind: "file" as const}))],
    folder: async (name) => folders.get(name),
    async makeFolder(name) {
      const inside = folders.get(name) ?? memoryFolder();
      folders.set(name, inside);
      return inside;
    },
    async file(name) {
      const file = files.get(name);
      return file && sourceOf(file);
    },
    async writer(name) {
      const file = files.get(name) ?? new MemoryFile();
      files.set(name, file);
      return writerOf(file);
    },
    remove: async (name) => void (folders.delete(name), files.delete(name))
  };
}

function readFrom(file: MemoryFile, begin: number, end: number, room: Uint8Array = new Uint8Array(Math.max(0, end - begin))): Uint8Array {
  const bytes = room.subarray(0, end - begin);
  return bytes.subarray(0, file.read(bytes, begin));
}

function sourceOf(file: MemoryFile): ByteSource {
  return {
    byteLength: file.size,
    read: async (begin, end) => readFrom(file, begin, Math.min(end, file.size)),
    readInto: async (target, begin) => file.read(target, begin)
  };
}

function writerOf(file: MemoryFile): FileWriter {
  return {
    size: async () => file.size,
    write: async (bytes, at) => file.write(bytes, at),
    read: async (begin, end, room) => readFrom(file, begin, end, room),
    truncate: async (bytes) => file.truncate(bytes),
    close: async () => {}
  };
}
