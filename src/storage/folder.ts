/** What the store asks of a place that holds files: a folder of the private file system, or one in memory. Types alone. */
import type {ByteSource} from "../tensor/safetensors.ts";

export type {ByteSource};

export interface Entry {
  name: string;
  kind: "file" | "folder";
}

export interface Folder {
  entries(): Promise<Entry[]>;
  /** A folder inside; undefined where there is none. */
  folder(name: string): Promise<Folder | undefined>;
  /** A folder inside, made where there is none. */
  makeFolder(name: string): Promise<Folder>;
  /**
   * A file as it is now; undefined where there is none. With `hold`, for large files that are read by one reader: it is read through one handle, to be let go of
   * with `close`, and cannot be deleted meanwhile.
   */
  file(name: string, options?: {hold?: boolean}): Promise<ByteSource | undefined>;
  /** Writes a file, made where there is none; what it holds already stays until it is written over. Workers only. */
  writer(name: string): Promise<FileWriter>;
  /** Removes a file, or a folder with everything in it; where there is none, nothing happens. */
  remove(name: string): Promise<void>;
}

/** A file that is being written. Nobody else can write or remove it until it is closed. */
export interface FileWriter {
  size(): Promise<number>;
  /** Writes all of the bytes from byte `at` on. Throws a QuotaExceededError where there is no room for them. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** The bytes from `begin` up to, not including, `end`; put into `room` where that is given. */
  read(begin: number, end: number, room?: Uint8Array): Promise<Uint8Array>;
  truncate(bytes: number): Promise<void>;
  /** Brings what was written to the disk, and lets go of the file. */
  close(): Promise<void>;
}
