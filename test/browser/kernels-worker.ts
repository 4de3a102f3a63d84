/** Runs in a module worker of the tested browser: every case on the kernels, with one thread and with two, against its oracle or definition. */
import {setWasmPaths} from "@tensorflow/tfjs-backend-wasm";
import {nativeKernels} from "../../src/kernels/assembly/native.ts";
import {installKernels} from "../../src/kernels/install.ts";
import {cases, compute, disagreement, expected, larger} from "../kernels/cases.ts";

export interface Answer {
  report: Awaited<ReturnType<typeof installKernels>>;
  /** Cases that ran. */
  compared: number;
  /** Those whose jobs were shared with a helping thread. */
  shared: number;
  /** Those whose numbers or jobs were wrong, in words. */
  wrong: string[];
}

globalThis.onmessage = async () => {
  try {
    globalThis.postMessage({answer: await run()});
  } catch (error) {
    globalThis.postMessage({error: (error as Error).stack});
  }
};

async function run(): Promise<Answer> {
  setWasmPaths("/wasm/");
  const report = await installKernels({wasmPath: "/wasm/"});
  const native = nativeKernels()!;
  const available = report.missing.length === 0 ? [1, 2] : [1];
  const wrong: string[] = [];
  let compared = 0;
  let shared = 0;
  /** Changes with every job that helping threads may take parts of. */
  const offered = () => native.wordsAt(native["control"], 1)[0];
  for (const of of [...cases.filter(({jobs}) => jobs), ...larger]) {
    native.threads = 1;
    const wanted = of.definition ? compute({...of, op: of.definition}) : expected(of);
    let alone: ReturnType<typeof compute> | undefined;
    for (const threads of available) {
      native.threads = threads;
      native.runs.clear();
      const offeredBefore = offered();
      const got = compute(of);
      shared += Number(offered() !== offeredBefore);
      alone ??= got;
      compared++;
      const label = `${of.name}, ${threads} threads`;
      for (const job of of.jobs!) if (!native.runs.get(job)) wrong.push(`${label}: ${job} did not run`);
      const pairs = [[got.value, wanted.value], ...got.gradients.map((gradient, i) => [gradient, wanted.gradients[i]])];
      pairs.forEach(([ours, theirs], i) => {
        const size = Math.sqrt(theirs.reduce((sum, x) => sum + x * x, 0) / theirs.length);
        const worst = disagreement(ours, theirs, {relative: 1e-5, absolute: Math.max(1e-6, 1e-5 * size)});
        // Central differences in float64 are good to a little less than float32's own rounding.
        if (!(worst < (of.definition ? 1 : 4))) wrong.push(`${label}: ${i === 0 ? "value" : `gradient ${i - 1}`} is ${worst.toFixed(1)} tolerances off`);
      });
      // Neither more threads nor a core left to the page change a bit.
      if (!isSame(got, alone)) wrong.push(`${label}: other numbers than on one thread`);
      native.sparingUntil = Infinity;
      const before = offered();
      const sparing = compute(of);
      native.sparingUntil = 0;
      if (offered() !== before) wrong.push(`${label}: a job was offered to the core that is left to the page`);
      if (!isSame(sparing, got)) wrong.push(`${label}: other numbers with a core left to the page`);
    }
  }
  return {report, compared, shared, wrong};
}

type Computed = ReturnType<typeof compute>;

/** Whether two are the same to the last bit. */
function isSame(a: Computed, b: Computed): boolean {
  const others = [b.value, ...b.gradients];
  return [a.value, ...a.gradients].every((numbers, i) => numbers.every((x, j) => Object.is(x, others[i][j])));
}
