/**
 * From what a person says (a name on the hub, an address, files) to the files of a model: which there are, where, how large, and with which hash.
 * Reads the small ones; the weights are left to download.ts.
 */
import {isObject, parseObject} from "../../json.ts";
import type {Json} from "../../json.ts";
import {limits} from "../../limits.ts";
import {textAtMost} from "../../data/files/read-at-most.ts";
import type {ModelFiles} from "./model-store.ts";

/** A model that was found, before its weights are fetched. */
export interface FoundModel {
  /** What it is kept under. */
  name: string;
  files: ModelFiles;
  weights: {url: string; bytes?: number; sha256?: string} | {file: Blob};
}

export interface SourceOptions {
  /** Where names of the form owner/name are looked up. */
  hub?: string;
  /** What relative addresses are relative to. */
  baseUrl: string;
  fetch?: typeof fetch;
  signal?: AbortSignal;
}

/** A file chosen or dropped. */
export interface GivenFile {
  path: string;
  file: Blob;
}

/** Our words for the small files, and theirs. */
const smallFiles: Record<keyof ModelFiles, string> = {config: "config.json", preprocessor: "preprocessor_config.json", openClip: "open_clip_config.json", tokenizer: "tokenizer.json"};
const weightNames = ["model.safetensors", "open_clip_model.safetensors"];
const pickle = /\.(bin|pt|pth|ckpt|pkl|pickle)$/i;
const whyNoPickle = "which can run any code when it is opened, and is not read here. Look for a version with safetensors, or convert it";

/** Whether `address` is a name on the hub ("openai/clip-vit-base-patch32", with "@revision" if wanted), not a folder of this site or an address. */
export function isHubName(address: string): boolean {
  return /^[\w.-]+\/[\w.-]+(@[\w./-]+)?$/.test(address) && !/^(\.|data\/|mounts?\/|fixtures\/|models\/)/.test(address) && !/\.(safetensors|json|bin|pt|pth|ckpt|pkl|pickle)$/i.test(address);
}

/** The name on the hub that `address` is, or is the page of; undefined for a folder of this site or another address. */
export function hubNameOf(address: string): string | undefined {
  const page = /^https:\/\/huggingface\.co\/([\w.-]+\/[\w.-]+?)(?:\/tree\/([\w./-]+))?\/?$/.exec(address);
  if (page) return page[2] ? `${page[1]}@${page[2]}` : page[1];
  return isHubName(address) ? address : undefined;
}

/** Finds a model by name or address. Rejects with one sentence that says what is missing, or why it cannot be taken. */
export async function findModel(address: string, options: SourceOptions): Promise<FoundModel> {
  const {hub = "https://huggingface.co"} = options;
  if (address.trim() === "") throw new Error("Expected a model's name, such as openai/clip-vit-base-patch32, or its address.");
  const onHub = hubNameOf(address);
  return onHub === undefined ? findAt(address, options) : findOnHub(onHub, {...options, hub});
}

interface HubFile {
  rfilename: string;
  size?: number;
  lfs?: {sha256?: string; size?: number};
}

const isHubFile = (file: unknown): file is HubFile => isObject(file) && typeof file.rfilename === "string";

/** The hub tells every file with its size and hash. Source: its API, /api/models/{repository}/revision/{revision}?blobs=true. */
async function findOnHub(name: string, options: SourceOptions & {hub: string}): Promise<FoundModel> {
  const [repository, revision = "main"] = name.split("@");
  const {hub} = options;
  const host = new URL(hub).host;
  const answer = await get(`${hub}/api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`, options);
  if (!answer.ok) throw new Error(`${host} has no public model "${name}" (${answer.status}).`);
  const {siblings} = await parsed(answer, `the answer of ${host}`);
  const named = new Map((Array.isArray(siblings) ? siblings : []).filter(isHubFile).map((file) => [file.rfilename, file]));
  const urlOf = (file: string) => `${hub}/${repository}/resolve/${encodeURIComponent(revision)}/${file}`;
  const isOpenClip = named.has(smallFiles.openClip) && (named.has(weightNames[1]) || !named.has(smallFiles.config));
  const weights = (isOpenClip ? weightNames.toReversed() : weightNames).map((file) => named.get(file)).find((file) => file !== undefined);
  if (!weights) throw new Error(noWeights(`"${name}"`, [...named.keys()]));
  const files: ModelFiles = {};
  for (const [key, file] of Object.entries(smallFiles) as [keyof ModelFiles, string][]) {
    // Two layouts in one repository: only the one whose weights are taken.
    if (!named.has(file) || (isOpenClip ? key === "config" : key === "openClip")) continue;
    files[key] = await readJson(urlOf(file), options);
  }
  return {name, files, weights: {url: urlOf(weights.rfilename), bytes: weights.lfs?.size ?? weights.size, sha256: weights.lfs?.sha256}};
}

/** A folder on any server, or a .safetensors file in one; the hash may stand behind it as #sha256=... */
async function findAt(address: string, options: SourceOptions): Promise<FoundModel> {
  const url = new URL(address, options.baseUrl);
  if (!/^https?:$/.test(url.protocol) || !/[/.]/.test(address)) throw new Error(`Expected a model's name, such as openai/clip-vit-base-patch32, or an address that begins with https://; this is neither: ${address}`);
  const sha256 = /^#sha256=([0-9a-f]{64})$/.exec(url.hash)?.[1];
  url.hash = "";
  if (pickle.test(url.pathname)) throw new Error(`${address} is a pickle file, ${whyNoPickle}.`);
  const isFile = url.pathname.endsWith(".safetensors");
  if (!isFile && !url.pathname.endsWith("/")) url.pathname += "/";
  const files: ModelFiles = {};
  for (const [key, file] of Object.entries(smallFiles) as [keyof ModelFiles, string][]) {
    if (key === "config" && files.openClip) continue;
    const found = await get(new URL(file, url).href, options);
    if (found.ok) files[key] = await parsed(found, new URL(file, url).href);
  }
  for (const file of isFile ? [url.href] : files.openClip && !files.config ? weightNames.toReversed() : weightNames) {
    const {href} = new URL(file, url);
    if ((await get(href, options, "HEAD")).ok) return {name: address, files, weights: {url: href, sha256}};
  }
  const there = await Promise.all(["pytorch_model.bin", "open_clip_pytorch_model.bin"].map(async (file) => ((await get(new URL(file, url).href, options, "HEAD")).ok ? [file] : [])));
  throw new Error(noWeights(address, there.flat()));
}

/** A model among dropped or chosen files. */
export async function findGiven(given: GivenFile[], name: string): Promise<FoundModel> {
  const nameOf = ({path}: GivenFile) => path.slice(path.lastIndexOf("/") + 1);
  const weights = given.filter((file) => nameOf(file).endsWith(".safetensors"));
  if (weights.length === 0) throw new Error(noWeights(given.length === 1 ? nameOf(given[0]) : "What was given", given.map(nameOf)));
  if (weights.length > 1) throw new Error(`${weights.length} files of weights came, ${weights.map(nameOf).join(" and ")}; expected one, with its configuration beside it.`);
  const files: ModelFiles = {};
  for (const [key, file] of Object.entries(smallFiles) as [keyof ModelFiles, string][]) {
    const found = given.find((one) => nameOf(one) === file);
    if (found) files[key] = await parsed(found.file, file);
  }
  return {name, files, weights: {file: weights[0].file}};
}

function noWeights(where: string, names: string[]): string {
  const pickled = names.find((name) => pickle.test(name));
  if (pickled) return `${where} has its weights only as a pickle file (${pickled}), ${whyNoPickle}.`;
  if (names.some((name) => name.endsWith(".safetensors.index.json"))) return `${where} has its weights cut into several files, which this page does not put together: it would be too large for a browser tab.`;
  return `${where} has no safetensors weights: expected ${weightNames.join(" or ")}.`;
}

async function readJson(url: string, options: SourceOptions): Promise<Json> {
  const answer = await get(url, options);
  if (!answer.ok) throw new Error(`${url} could not be fetched: the server answered ${answer.status}.`);
  return parsed(answer, url);
}

/** The JSON object that a body or a file holds; `where` is what errors call it. */
async function parsed(body: Response | Blob, where: string): Promise<Json> {
  const stream = body instanceof Blob ? body.stream() : (body.body ?? new Blob([]).stream());
  const limit = where.endsWith(smallFiles.tokenizer) ? limits.tokenizerBytes : limits.configBytes;
  return parseObject(await textAtMost(stream, limit, where), {name: where, uniqueKeys: true});
}

/** A connection that failed is tried once more: it may have been an old one that the server had closed. */
async function get(url: string, options: SourceOptions, method = "GET", again = true): Promise<Response> {
  const {fetch = globalThis.fetch.bind(globalThis), signal} = options;
  return fetch(url, {method, signal}).catch((error: Error) => {
    if (signal?.aborted) throw error;
    if (again) return get(url, options, method, false);
    throw new Error(`${new URL(url).host} could not be reached: a model that is not kept in this browser needs a connection, and a server that lets other sites read it (CORS).`);
  });
}
