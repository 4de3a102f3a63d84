// How much scratch memory a thread needs. AssemblyScript, not TypeScript.
import {GEMM_SCRATCH} from "../linear/gemm.as";

export function scratchBytes(): usize {
  return GEMM_SCRATCH + 1024;
}
