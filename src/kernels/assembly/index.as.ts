// Entry of the WebAssembly kernels: every job by number, and the loop of a helping thread.
// AssemblyScript, not TypeScript. The numbers are those of jobs.ts.
import {adamW, squaredNorm} from "../adamw/wasm";
import {attention, attentionGradient} from "../attention/wasm";
import {lossGradient, lossRows} from "../contrastive-loss/wasm";
import {rollUp, unroll} from "../conv2d/wasm";
import {embedding, embeddingGradient} from "../embedding/wasm";
import {l2Normalize, l2NormalizeGradient} from "../l2-normalize/wasm";
import {layerNorm, layerNormGradient} from "../layer-norm/wasm";
import {beforeActivation, peak, product} from "../linear/wasm";
import {begin, configure as configureThread, finishAll, nextJob, scratch, setThreadCount, threadIndex} from "./threads.as";

export {scratchBytes} from "./scratch.as";

/** Sets this instance's place among the threads and its scratch memory. */
export function configure(index: i32, scratchAddress: usize): void {
  configureThread(index, scratchAddress);
}

/** Runs a job on this thread and `threads - 1` others. */
export function run(control: usize, kernel: i32, args: usize, threads: i32): void {
  setThreadCount(threads);
  if (threads > 1) begin(control, kernel, args, threads);
  dispatch(kernel, args);
  if (threads > 1) finishAll(control, threads - 1);
}

/** A helping thread's life: returns when it is told to end. */
export function help(control: usize): void {
  let seen = 0;
  while (true) {
    seen = nextJob(control, seen);
    if (load<i32>(control, 20)) return;
    const threads = load<i32>(control, 16);
    if (threadIndex < threads) {
      setThreadCount(threads);
      dispatch(load<i32>(control, 8), load<usize>(control, 12));
      atomic.add<i32>(control, 1, 4);
    }
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
  }
}
