/**
 * Compiles the small AssemblyScript files that do not belong to the tensor library's kernels, and writes each beside its
 * source as text, so that a worker has it without a fetch: `node src/tensor/compile-wasm.mjs`.
 */
import {readFile, writeFile} from "node:fs/promises";
import {basename} from "node:path";
import {fileURLToPath, pathToFileURL} from "node:url";
import asc from "assemblyscript/asc";

export const sources = ["src/tensor/products.as", "src/explore/umap.as"];

const root = new URL("../../", import.meta.url);

/** What the TypeScript file beside `source` should hold: the module's bytes in base64. */
export async function compileWasm(source) {
  const text = await readFile(new URL(source, root), "utf8");
  const name = basename(source, ".as");
  let bytes;
  const {error, stderr} = await asc.main(
    [`${name}.ts`, "--outFile", "out.wasm", "-O3", "--noAssert", "--enable", "simd", "--runtime", "stub", "--use", "abort="],
    {
      readFile: (file) => (file === `${name}.ts` ? text : null),
      writeFile: (file, contents) => file === "out.wasm" && (bytes = contents),
      listFiles: () => []
    }
  );
  if (error) throw new Error(`${source} does not compile: ${error.message}\n${stderr}`);
  return `/** Written by src/tensor/compile-wasm.mjs from ${name}.as; not edited by hand. */\nexport const ${name}Wasm =\n  "${Buffer.from(bytes).toString("base64")}";\n`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const source of sources) await writeFile(fileURLToPath(new URL(source.replace(/\.as$/, "-wasm.ts"), root)), await compileWasm(source));
}
