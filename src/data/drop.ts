/** Turns what a browser gives when something is dropped or chosen into files with paths. Reads nothing. */
import type {DroppedFile} from "./import.ts";

/** All files of a drop, those in dropped folders too. To be called while the drop event is handled: later its items are gone. */
export async function filesOfDrop(transfer: DataTransfer): Promise<DroppedFile[]> {
  // A notebook's page takes the drop before its frame can, and hands over the files with their paths.
  const {given} = transfer as DataTransfer & {given?: DroppedFile[]};
  if (given) return given;
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry !== null && entry !== undefined);
  if (entries.length === 0) return [...transfer.files].map((file) => ({path: file.name, file}));
  return (await Promise.all(entries.map(filesOfEntry))).flat();
}

/** The files of an `<input type="file">`, with their paths where a folder was chosen. */
export function filesOfInput(input: HTMLInputElement): DroppedFile[] {
  return [...(input.files ?? [])].map((file) => ({path: file.webkitRelativePath || file.name, file}));
}

async function filesOfEntry(entry: FileSystemEntry): Promise<DroppedFile[]> {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    return new Promise((resolve, reject) => (entry as FileSystemFileEntry).file((file) => resolve([{path, file}]), reject));
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const inside: FileSystemEntry[] = [];
  // A reader gives a hundred entries at a time, and then none.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    inside.push(...some);
  }
  return (await Promise.all(inside.map(filesOfEntry))).flat();
}
