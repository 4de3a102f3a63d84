/** Keeps a locked tower's features in the origin private file system, so that they are computed once. Where there is none, nothing is kept. */

const folderName = "features";

/** The features kept under `key`, or undefined. A file of the wrong length is damaged, and counts as absent. */
export async function readFeatures(key: string, length: number): Promise<Float32Array | undefined> {
  try {
    const file = await (await (await folder()).getFileHandle(await fileName(key))).getFile();
    if (file.size !== length * 4) return undefined;
    return new Float32Array(await file.arrayBuffer());
  } catch {
    return undefined; // not kept yet, or no file system here
  }
}

/** Keeps the features; a full or absent file system is no error, they are then computed again next time. */
export async function keepFeatures(key: string, features: Float32Array): Promise<void> {
  if (typeof navigator === "undefined" || !navigator.storage) return;
  try {
    const writable = await (await (await folder()).getFileHandle(await fileName(key), {create: true})).createWritable();
    await writable.write(features as Float32Array<ArrayBuffer>);
    await writable.close();
  } catch (error) {
    console.warn(`the image features could not be kept for next time: ${(error as Error).message}`);
  }
}

async function folder() {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(folderName, {create: true});
}

async function fileName(key: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));
  return `${Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("")}.f32`;
}
