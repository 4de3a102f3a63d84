/** Gives a hostile file to the reader that a person's file of its kind would come to. The same in Node and in a page, but for the decoder of images. */
import {readCaptions} from "../../data/captions/read.ts";
import type {Decode} from "../../data/decode.ts";
import {readMatrices} from "../../data/embeddings.ts";
import {openArchive} from "../../data/files/archive.ts";
import {hasImageName} from "../../data/image.ts";
import type {Problem} from "../../data/pairs.ts";
import {memoryStore} from "../../train/pretrained/model-store.ts";
import {keepModel, memoryLimits} from "../../train/pretrained/open-model.ts";
import {openRunCheckpoint} from "../../train/saved-run.ts";
import type {HostileCase} from "./hostile-case.ts";

export interface HostileResult {
  outcome: "read" | "refused";
  /** Of the refusal. */
  sentence?: string;
  /** What was told beside: an archive's problems, a table's odd rows. */
  said: string[];
  /** An archive's members that were found. */
  members?: string[];
}

const told = ({where, line, what}: Problem) => `${where}${line === undefined ? "" : `, line ${line}`}: ${what}`;

/** Reads it as far as a person's would be. Never throws: a refusal is a result. */
export async function readHostile({name, kind, bytes}: HostileCase, decode: Decode): Promise<HostileResult> {
  const said: string[] = [];
  let members: string[] | undefined;
  const source = {name, size: bytes.length, read: async (start: number, end: number) => bytes.slice(start, end)};
  try {
    if (kind === "checkpoint") await openRunCheckpoint(bytes, name);
    if (kind === "model") await keep(name, bytes);
    if (kind === "matrix") await readMatrices(source);
    if (kind === "captions") said.push(...readCaptions(bytes, name).problems.slice(0, 200).map(told));
    if (kind === "image") await decode(bytes).catch((error: Error) => Promise.reject(new Error(`${name} ${error.message}`)));
    if (kind === "archive") {
      const files = await openArchive(source);
      members = files.entries.map(({path}) => path);
      said.push(...files.problems.slice(0, 200).map(told));
      for (const path of members) {
        try {
          const file = await files.read(path);
          if (hasImageName(path)) await decode(file);
        } catch (error) {
          if (said.length < 400) said.push(`${name}/${path}: ${(error as Error).message}; it was left out`);
        }
      }
      await files.close();
    }
    return {outcome: "read", said, members};
  } catch (error) {
    return {outcome: "refused", sentence: (error as Error).message, said, members};
  }
}

/** A configuration beside weights of nothing, as they are dropped on a page. */
async function keep(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const header = new TextEncoder().encode("{}      ");
  const weights = new Blob([Uint8Array.of(header.length, 0, 0, 0, 0, 0, 0, 0), header]);
  const given = [{path: name, file: new Blob([bytes])}, {path: "model.safetensors", file: weights}];
  await keepModel("hostile", {given, baseUrl: "http://localhost/", store: memoryStore(), limits: memoryLimits("wasm"), onProgress: () => {}});
}
