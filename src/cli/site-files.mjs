/**
 * The files of the site that are not bundled, and how all of them are written. build.mjs makes the others; it runs in the repository's root.
 * Plain JavaScript, because the bundler itself uses it.
 */
import {createHash} from "node:crypto";
import {existsSync, readdirSync, statSync} from "node:fs";
import {link, mkdir, readFile, writeFile} from "node:fs/promises";
import {basename, dirname, join} from "node:path";

const site = "notebooks/site";

/** Names that change with their content: a page that was opened before a rebuild may still ask for those of its own build. */
const hashedName = /-[A-Z0-9]{8}\.(js|css|woff2)$/;

/** Every file below a folder that is there and no hidden one, from the folder. What goes away meanwhile is passed over. */
function filesBelow(folder, leftOut = []) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, {withFileTypes: true}).flatMap(({name}) => {
    const path = join(folder, name);
    const found = name.startsWith(".") || leftOut.includes(path) ? undefined : statSync(path, {throwIfNoEntry: false});
    return found?.isDirectory() ? filesBelow(path).map((inner) => `${name}/${inner}`) : found?.isFile() ? [name] : [];
  });
}

/** Notebooks with the files that they read from beside them, pictures and checkpoints: path in the site -> bytes. */
export async function contentFiles() {
  const files = new Map();
  for (const [from, to] of [["notebooks", "notebooks"], [`${site}/pictures`, "pictures"], [`${site}/checkpoints`, "checkpoints"]]) {
    for (const name of filesBelow(from, [site])) files.set(`${to}/${name}`, await readFile(join(from, name)));
  }
  const notebooks = [...files.keys()].filter((path) => /^notebooks\/[^/]+\.html$/.test(path)).sort();
  const entries = notebooks.map((path) => describeNotebook(basename(path), files.get(path).toString("utf8"), (picture) => files.has(picture)));
  return files.set("notebooks/index.json", Buffer.from(JSON.stringify(entries, null, 2)));
}

/** What the front page says of a notebook: its title, the first paragraph of its text, and its picture in site/pictures, where there is one. */
function describeNotebook(file, text, has) {
  const title = /<title>([^<]*)<\/title>/.exec(text)?.[1] ?? file;
  const markdown = /<script[^>]*type="text\/markdown"[^>]*>([^]*?)<\/script>/.exec(text)?.[1] ?? "";
  const line = markdown.split(/\n\s*\n|\n(?=\s*#)|(?<=^\s*#.*)\n/m).map((part) => part.trim()).find((part) => part && !part.startsWith("#")) ?? "";
  const pictures = ["png", "jpg", "webp", "svg"].map((type) => `pictures/${file.replace(/\.html$/, "")}.${type}`);
  return {file, title: unescapeHtml(title), line: line.replace(/\s+/g, " ").replace(/[*_`]/g, ""), picture: pictures.find(has) ?? null};
}

const unescapeHtml = (text) => text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => ({amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'"})[name]);

/** The service worker with the list of the site's files, and a version that changes with any of them. */
export async function serviceWorker(files) {
  const kept = [...files.keys()].filter((path) => !path.endsWith(".map")).sort();
  const hash = createHash("sha256");
  for (const path of kept) hash.update(path).update(files.get(path));
  const list = JSON.stringify({version: `diagonal-${hash.digest("hex").slice(0, 16)}`, files: ["./", ...kept]});
  return Buffer.from((await readFile(`${site}/service-worker.js`, "utf8")).replace("{/*files*/}", () => list));
}

/** A hash for each file: path in the site -> hash. */
export function hashesOf(files) {
  return Object.fromEntries([...files].map(([path, bytes]) => [path, createHash("sha256").update(bytes).digest("base64")]));
}

/**
 * Writes all files into a new folder. What is the same in `former`, {folder, hashes}, is linked instead: it keeps its time, so that a browser need
 * not load it again. What only a page of an earlier build may ask for is linked as well.
 */
export async function writeSite(folder, files, hashes, former) {
  const links = Object.entries(former?.hashes ?? {}).filter(([path, hash]) => hashes[path] === hash);
  const linked = new Set();
  const early = former ? filesBelow(former.folder).filter((path) => hashedName.test(path) && !files.has(path)) : [];
  for (const folderOf of new Set([...files.keys(), ...early].map((path) => dirname(join(folder, path))))) await mkdir(folderOf, {recursive: true});
  for (const path of [...links.map(([path]) => path), ...early]) {
    // Not every file system has links; then the file is written.
    await link(join(former.folder, path), join(folder, path)).then(() => linked.add(path), () => {});
  }
  for (const [path, bytes] of files) if (!linked.has(path)) await writeFile(join(folder, path), bytes);
}
