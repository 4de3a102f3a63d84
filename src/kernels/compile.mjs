/**
 * Compiles the AssemblyScript kernels into build/: with and without relaxed SIMD, for shared memory and for memory of
 * one thread's own. Not a bundler: build.mjs copies the results into the site.
 */
import {createHash} from "node:crypto";
import {existsSync} from "node:fs";
import {mkdir, readFile, readdir, writeFile} from "node:fs/promises";
import {join, relative} from "node:path";
import {fileURLToPath} from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const build = join(folder, "build");

const variants = [
  {name: "kernels-relaxed-threads", relaxed: true, threads: true},
  {name: "kernels-relaxed", relaxed: true, threads: false},
  {name: "kernels-simd-threads", relaxed: false, threads: true},
  {name: "kernels-simd", relaxed: false, threads: false}
];

/** Compiles what has changed since the last time. Throws with the compiler's message. */
export async function compileKernels() {
  const stamp = await hashOfSources();
  const stampFile = join(build, "stamp");
  const done = existsSync(stampFile) && (await readFile(stampFile, "utf8")) === stamp;
  if (done && variants.every(({name}) => existsSync(join(build, `${name}.wasm`)))) return;
  await mkdir(build, {recursive: true});
  const {default: asc} = await import("assemblyscript/asc");
  for (const variant of variants) await compile(asc, variant);
  await writeFile(stampFile, stamp);
}

async function compile(asc, {name, relaxed, threads}) {
  const entry = relative(process.cwd(), join(folder, "assembly/index.as.ts"));
  const outFile = relative(process.cwd(), join(build, `${name}.wasm`));
  const {error, stderr} = await asc.main([
    entry, "--outFile", outFile, "-O3", "--noAssert", "--runtime", "stub", "--use", "abort=", "--importMemory",
    "--enable", ["simd", ...(relaxed ? ["relaxed-simd"] : []), "threads"].join(","),
    ...(threads ? ["--sharedMemory", "--maximumMemory", "65536"] : [])
  ]);
  if (error) throw new Error(`AssemblyScript (${name}): ${error.message}\n${stderr}`);
  if (hasDataSection(await readFile(outFile))) throw new Error(`${name}.wasm has static data, which would overwrite tfjs's memory`);
}

/** Whether a module has a data section (number 11), read off the section headers. */
function hasDataSection(bytes) {
  for (let at = 8; at < bytes.length; ) {
    const section = bytes[at++];
    let [size, shift] = [0, 0];
    for (let more = true; more; shift += 7) {
      size |= (bytes[at] & 127) << shift;
      more = bytes[at++] > 127;
    }
    if (section === 11) return true;
    at += size;
  }
  return false;
}

async function hashOfSources() {
  const hash = createHash("sha256");
  const files = (await readdir(folder, {recursive: true})).filter((name) => name === "compile.mjs" || name.endsWith(".as.ts") || /[\\/]wasm\.ts$/.test(name));
  for (const name of files.sort()) hash.update(name).update(await readFile(join(folder, name)));
  return hash.digest("hex");
}
