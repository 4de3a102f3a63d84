/** Runs in a module worker of the measured browser: ours and plain tfjs. */
import {setWasmPaths} from "@tensorflow/tfjs-backend-wasm";
import {nativeKernels} from "../../kernels/assembly/native.ts";
import {installKernels} from "../../kernels/install.ts";
import {ThreadChoice} from "../../kernels/thread-choice.ts";
import {useProductGradients} from "../../kernels/product.ts";
import {wasmBackend} from "../../tensor/wasm-memory.ts";
import * as tf from "../../tensor/tf.ts";
import {serveOrders, type Order, type Task} from "./contender.ts";
import {trainerOf, type Trainer} from "./step.ts";

let trainer: Trainer;
/** Chooses the number of threads as a run does; undefined where it is given. */
let choice: ThreadChoice | undefined;

/** Sets what the contender runs on: "diagonal", "diagonal 1 thread", "diagonal 2 threads", "tfjs" or "tfjs, transposed first". */
async function prepare(contender: string): Promise<void> {
  setWasmPaths("/wasm/");
  if (contender.startsWith("tfjs")) {
    await tf.setBackend("wasm");
    useProductGradients(contender === "tfjs" ? "stock" : "transposed first");
    return;
  }
  const threads = /(\d) thread/.exec(contender);
  const {simd} = await installKernels({wasmPath: "/wasm/", maxThreads: threads ? Number(threads[1]) : undefined});
  if (!simd) throw new Error("the kernels could not be installed in the measured browser");
  choice = threads ? undefined : new ThreadChoice();
}

async function handle(order: Order): Promise<unknown> {
  if ("start" in order) {
    await prepare(order.contender);
    trainer = trainerOf(order.start);
    return [1, 2, 3].map(() => read(trainer.step())[0]);
  }
  // A WebAssembly heap never shrinks, so its size is the most that was needed.
  if ("memory" in order) return wasmBackend()!.wasm.HEAPU8.byteLength / 1e6;
  if ("products" in order) return order.products.map(timeProduct);
  const once = () => timed(() => read(run(order.task)));
  return Array.from({length: order.repeats}, () => (choice && order.task === "train" ? choice.do(once) : once()));
}

const run = (task: Task) => (task === "train" ? trainer.step() : task === "images" ? trainer.encodeImages() : trainer.encodeTexts());

/** Reads a tensor, which ends the work on it, and disposes it. WebAssembly has it at once. */
function read(tensor: tf.Tensor): Float32Array {
  const values = tensor.dataSync<"float32">();
  tensor.dispose();
  return values;
}

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** GFLOP/s of one product [m, n, k, aAcross, bAcross] on one thread and in one part, and of the bare multiply-adds beside it: the best of 30 bursts each. */
function timeProduct([m, n, k, aAcross, bAcross]: number[]): {product: number; peak: number} {
  const native = nativeKernels()!;
  const before = native.threads;
  native.threads = 1;
  const [a, b, c] = [m * k, n * k, m * n].map((size) => tf.randomNormal([size]));
  const rounds = Math.ceil((2 * m * n * k) / 80);
  let [product, peak] = [0, 0];
  for (let burst = 0; burst < 30; burst++) {
    const words = [m, n, k, native.address(a), aAcross ? m : k, aAcross, native.address(b), bAcross ? k : n, bAcross, native.address(c), n, 0, 0, 0, 0, false];
    product = Math.max(product, (2 * m * n * k) / timed(() => native.run("product", words, [], 1)) / 1e6);
    peak = Math.max(peak, (80 * rounds) / timed(() => native.run("peak", [rounds, native.address(c)], [], 1)) / 1e6);
  }
  native.threads = before;
  tf.dispose([a, b, c]);
  return {product, peak};
}

serveOrders(handle);
