/** Our WebAssembly kernels in Node, for programs and tests that run in the repository's root. */
import {readFile} from "node:fs/promises";
import {installKernels} from "../kernels/install.ts";

/** Puts the compiled kernels beneath the operations of tfjs's WebAssembly backend, which must be set; says in words what runs. */
export async function installNodeKernels(): Promise<string> {
  const {simd, relaxed, threads} = await installKernels({bytes: (name) => readFile(`src/kernels/build/${name}`)});
  if (!simd) return "none: this Node has no SIMD, the operations run on their definitions";
  return `with ${relaxed ? "relaxed SIMD" : "SIMD"} on ${threads} ${threads === 1 ? "thread" : "threads"}`;
}
