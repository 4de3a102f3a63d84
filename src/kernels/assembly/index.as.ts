// Entry of the WebAssembly kernels: every job by number, and the loop of a helping thread.
// AssemblyScript, not TypeScript. The numbers are those of jobs.ts.
import {adamW, squaredNorm} from "../adamw/wasm";
import {attention, attentionGradient} from "../attention/wasm";
import {batchNorm, batchNormGradient, batchNormSums, batchSums} from "../batch-norm/wasm";
import {lossGradient, lossRows} from "../contrastive-loss/wasm";
import {rollUp, unroll} from "../conv2d/wasm";
import {embedding, embeddingGradient} from "../embedding/wasm";
import {l2Normalize, l2NormalizeGradient} from "../l2-normalize/wasm";
import {layerNorm, layerNormGradient} from "../layer-norm/wasm";
import {beforeActivation, peak, product} from "../linear/wasm";
import {configure as configureThread, done, finishAll, nextJob, offer, setPart, take, threadIndex} from "./threads.as";

export {scratchBytes} from "./scratch.as";

/** Sets this instance's place among the threads, its scratch memory, and whether its thread may sleep. */
export function configure(index: i32, scratchAddress: usize, sleeps: bool): void {
  configureThread(index, scratchAddress, sleeps);
}

/** Runs a job in so many parts, on this thread and on the others that are free, up to `threads` of them all. */
export function run(control: usize, kernel: i32, args: usize, parts: i32, threads: i32): void {
  if (parts == 1 || threads == 1) {
    for (let part = 0; part < parts; part++) {
      setPart(part, parts);
      dispatch(kernel, args);
    }
    return;
  }
  work(control, offer(control, kernel, args, parts, threads), kernel, args, parts);
  finishAll(control, parts);
}

/** A helping thread's life. */
export function help(control: usize): void {
  let job = 0;
  let patient = true;
  while (true) {
    job = nextJob(control, job, patient);
    const kernel = load<i32>(control, 8);
    const args = load<usize>(control, 12);
    const parts = load<i32>(control, 16);
    // Who is left out of a job leaves its core as well.
    patient = threadIndex < load<i32>(control, 20);
    if (patient) work(control, job, kernel, args, parts);
  }
}

function work(control: usize, job: i32, kernel: i32, args: usize, parts: i32): void {
  for (let part = take(control, job, parts); part >= 0; part = take(control, job, parts)) {
    setPart(part, parts);
    dispatch(kernel, args);
    done(control);
  }
}

function dispatch(kernel: i32, args: usize): void {
  switch (kernel) {
    case 0: product(args); break;
    case 1: beforeActivation(args); break;
    case 2: layerNorm(args); break;
    case 3: layerNormGradient(args); break;
    case 4: attention(args); break;
    case 5: attentionGradient(args); break;
    case 6: embedding(args); break;
    case 7: embeddingGradient(args); break;
    case 8: unroll(args); break;
    case 9: rollUp(args); break;
    case 10: l2Normalize(args); break;
    case 11: l2NormalizeGradient(args); break;
    case 12: lossRows(args); break;
    case 13: lossGradient(args); break;
    case 14: adamW(args); break;
    case 15: squaredNorm(args); break;
    case 16: peak(args); break;
    case 17: batchSums(args); break;
    case 18: batchNorm(args); break;
    case 19: batchNormSums(args); break;
    case 20: batchNormGradient(args); break;
  }
}
