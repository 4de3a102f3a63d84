/** Compiles products.as and writes it, as text, to products-wasm.ts: `node src/tensor/compile-products.mjs`. */
import {readFile, writeFile} from "node:fs/promises";
import {fileURLToPath, pathToFileURL} from "node:url";
import asc from "assemblyscript/asc";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** The compiled module's bytes in base64. */
export async function compileProducts() {
  const source = await readFile(here("products.as"), "utf8");
  let bytes;
  const {error, stderr} = await asc.main(
    ["products.as.ts", "--outFile", "products.wasm", "-O3", "--noAssert", "--enable", "simd", "--runtime", "stub", "--use", "abort="],
    {
      readFile: (name) => (name === "products.as.ts" ? source : null),
      writeFile: (name, contents) => name === "products.wasm" && (bytes = contents),
      listFiles: () => []
    }
  );
  if (error) throw new Error(`products.as does not compile: ${error.message}\n${stderr}`);
  return Buffer.from(bytes).toString("base64");
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await writeFile(
    here("products-wasm.ts"),
    `/** Written by compile-products.mjs from products.as; not edited by hand. */\nexport const productsWasm =\n  "${await compileProducts()}";\n`
  );
}
