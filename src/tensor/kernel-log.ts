/** Counts which backend ran which kernel, by wrapping every registered kernel; for checks and benchmarks, not for training. */
import * as tf from "./tf.ts";

export interface KernelLog {
  /** Calls by kernel and backend since the log began: "MatMul" -> {wasm: 12}. */
  counts(): Map<string, Record<string, number>>;
  /** Puts the kernels back as they were. */
  stop(): void;
}

/** Begins to count on all the backends named; to be called once they have started and our own kernels are registered. */
export function logKernels(backends: readonly string[]): KernelLog {
  const counts = new Map<string, Record<string, number>>();
  const originals = backends.flatMap((backend) => tf.getKernelsForBackend(backend));
  const replace = (config: tf.KernelConfig) => {
    tf.unregisterKernel(config.kernelName, config.backendName);
    tf.registerKernel(config);
  };
  for (const config of originals) {
    const {kernelName, backendName, kernelFunc} = config;
    replace({
      ...config,
      kernelFunc: (args) => {
        const counted = counts.get(kernelName) ?? {};
        counted[backendName] = (counted[backendName] ?? 0) + 1;
        counts.set(kernelName, counted);
        return kernelFunc(args);
      }
    });
  }
  return {counts: () => counts, stop: () => originals.forEach(replace)};
}
