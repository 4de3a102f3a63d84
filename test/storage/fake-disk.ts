/**
 * The origin private file system as the store sees it, in memory: handles of folders and files that hold what was written when the page is "killed" at any operation that
 * changes something, that run out of room, or fail as a browser may. A write that is cut off by death is half there.
 */
import {seededRandom} from "../../src/tensor/random.ts";

interface FakeFile {
  kind: "file";
  bytes: Uint8Array;
  isHeld: boolean;
}
interface FakeFolder {
  kind: "directory";
  inside: Map<string, FakeFile | FakeFolder>;
}

/** What a dead page's calls end in. */
export class Killed extends Error {}

const failure = (name: string, message = "a sentence of the browser") => new DOMException(message, name);

export class FakeDisk {
  /** Operations so far that changed something. */
  operations = 0;
  /** The page dies in this operation: it is done in part. */
  killAt = Infinity;
  /** From this operation on nothing more fits. */
  fullAt = Infinity;
  /** From this operation on everything fails with this name. */
  failAt = Infinity;
  failName = "UnknownError";
  private isDead = false;
  private readonly random;
  private readonly root: FakeFolder = {kind: "directory", inside: new Map()};

  constructor(seed: number | string = 1) {
    this.random = seededRandom(seed);
  }

  get handle(): FileSystemDirectoryHandle {
    return this.folderHandle(this.root) as unknown as FileSystemDirectoryHandle;
  }

  /** What lay there when the page died, for a new page. */
  reboot(): void {
    [this.isDead, this.killAt, this.fullAt, this.failAt] = [false, Infinity, Infinity, Infinity];
    const release = (node: FakeFile | FakeFolder) => {
      if (node.kind === "file") node.isHeld = false;
      else for (const inner of node.inside.values()) release(inner);
    };
    release(this.root);
  }

  /** Puts a file there, with the folders above it. */
  put(path: string, content: Uint8Array | string | object): void {
    const parts = path.split("/");
    let folder = this.root;
    for (const part of parts.slice(0, -1)) {
      if (!folder.inside.has(part)) folder.inside.set(part, {kind: "directory", inside: new Map()});
      folder = folder.inside.get(part) as FakeFolder;
    }
    const bytes = content instanceof Uint8Array ? content.slice() : new TextEncoder().encode(typeof content === "string" ? content : JSON.stringify(content));
    folder.inside.set(parts.at(-1)!, {kind: "file", bytes, isHeld: false});
  }

  /** Every file, as paths, with its bytes. */
  files(): Map<string, Uint8Array> {
    const found = new Map<string, Uint8Array>();
    const walk = (folder: FakeFolder, path: string) => {
      for (const [name, node] of folder.inside) {
        if (node.kind === "file") found.set(path + name, node.bytes);
        else walk(node, `${path}${name}/`);
      }
    };
    walk(this.root, "");
    return found;
  }

  /** Names in a folder of the root. */
  names(folder: string): string[] {
    const node = this.root.inside.get(folder);
    return node?.kind === "directory" ? [...node.inside.keys()] : [];
  }

  private alive(): void {
    if (this.isDead) throw new Killed("the page is gone");
    if (this.operations >= this.failAt) throw failure(this.failName);
  }

  /** Counts a change, and says whether the page dies in it. */
  private change(grows = false): boolean {
    this.alive();
    this.operations++;
    if (grows && this.operations >= this.fullAt) throw failure("QuotaExceededError");
    this.isDead = this.operations >= this.killAt;
    return this.isDead;
  }

  private die(): never {
    throw new Killed("the page is gone");
  }

  private folderHandle(folder: FakeFolder): object {
    const check = (name: string) => {
      if (name === "" || name === "." || name === ".." || /[/\\]/.test(name) || new TextEncoder().encode(name).length > 255) throw new TypeError("Name is not allowed.");
    };
    const get = async (name: string, kind: "file" | "directory", create: boolean) => {
      await Promise.resolve();
      this.alive();
      check(name);
      const found = folder.inside.get(name);
      if (found && found.kind !== kind) throw failure("TypeMismatchError");
      if (found) return found;
      if (!create) throw failure("NotFoundError");
      if (this.change(true)) this.die();
      const made: FakeFile | FakeFolder = kind === "file" ? {kind, bytes: new Uint8Array(0), isHeld: false} : {kind, inside: new Map()};
      folder.inside.set(name, made);
      return made;
    };
    const entries = async function* (disk: FakeDisk) {
      disk.alive();
      for (const [name, node] of [...folder.inside]) yield [name, {name, kind: node.kind}];
    };
    return {
      kind: "directory",
      entries: () => entries(this),
      getDirectoryHandle: async (name: string, {create = false} = {}) => this.folderHandle((await get(name, "directory", create)) as FakeFolder),
      getFileHandle: async (name: string, {create = false} = {}) => this.fileHandle((await get(name, "file", create)) as FakeFile, () => folder.inside.has(name)),
      removeEntry: async (name: string) => {
        this.alive();
        check(name);
        const found = folder.inside.get(name);
        if (!found) throw failure("NotFoundError");
        if (isHeld(found)) throw failure("NoModificationAllowedError");
        this.removeAll(folder, name, found);
      }
    };
  }

  /** A folder goes file by file: death may come in between. */
  private removeAll(folder: FakeFolder, name: string, node: FakeFile | FakeFolder): void {
    if (node.kind === "directory") for (const [inner, own] of [...node.inside]) this.removeAll(node, inner, own);
    if (this.change()) this.die();
    folder.inside.delete(name);
  }

  private fileHandle(file: FakeFile, isThere: () => boolean): object {
    return {
      kind: "file",
      getFile: async () => {
        this.alive();
        if (!isThere()) throw failure("NotFoundError");
        return new Blob([file.bytes as Uint8Array<ArrayBuffer>]);
      },
      createSyncAccessHandle: async () => {
        this.alive();
        if (file.isHeld) throw failure("NoModificationAllowedError");
        file.isHeld = true;
        return this.access(file);
      }
    };
  }

  private access(file: FakeFile): object {
    const resize = (size: number) => {
      const bytes = new Uint8Array(size);
      bytes.set(file.bytes.subarray(0, size));
      file.bytes = bytes;
    };
    return {
      getSize: () => file.bytes.length,
      read: (room: Uint8Array, {at}: {at: number}) => {
        this.alive();
        const part = file.bytes.subarray(at, at + room.length);
        room.set(part);
        return part.length;
      },
      write: (bytes: Uint8Array, {at}: {at: number}) => {
        const dies = this.change(true);
        const written = dies ? bytes.subarray(0, this.random.integer(bytes.length + 1)) : bytes;
        if (at + written.length > file.bytes.length) resize(at + written.length);
        file.bytes.set(written, at);
        if (dies) this.die();
        return written.length;
      },
      truncate: (size: number) => {
        if (this.change(size > file.bytes.length)) this.die();
        resize(size);
      },
      flush: () => this.alive(),
      close: () => void (file.isHeld = false)
    };
  }
}

function isHeld(node: FakeFile | FakeFolder): boolean {
  return node.kind === "file" ? node.isHeld : [...node.inside.values()].some(isHeld);
}
