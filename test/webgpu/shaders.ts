/** Which shaders a case must have run, from the jobs that it runs on WebAssembly. */
import type {Job} from "../../src/kernels/assembly/jobs.ts";
import type {Case} from "../kernels/cases.ts";

const shaders: Partial<Record<Job, string[]>> = {
  product: ["gemm"], beforeActivation: ["gemm"],
  layerNorm: ["layerNorm"], layerNormGradient: ["layerNormGradient", "layerNormSums"],
  attention: ["attention"], attentionGradient: ["attentionQueries", "attentionKeys"],
  embedding: ["embedding"], embeddingGradient: ["embeddingGradient"],
  unroll: ["unroll"], rollUp: ["rollUp"],
  l2Normalize: ["l2Normalize"], l2NormalizeGradient: ["l2NormalizeGradient"],
  lossRows: ["gemm", "lossSums", "lossMean"], lossGradient: ["lossGradient", "lossShares"]
};

export const shadersOf = ({jobs}: Case): string[] => [...new Set(jobs!.flatMap((job) => shaders[job] ?? []))];
