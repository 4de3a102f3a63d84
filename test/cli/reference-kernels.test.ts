import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import {expect, test} from "vitest";
import {reportKernels} from "../../src/cli/reference-kernels.ts";
import {logKernels} from "../../src/tensor/kernel-log.ts";
import * as tf from "../../src/tensor/tf.ts";

test("a kernel that another backend ran is counted and named", async () => {
  await tf.setBackend("cpu");
  await tf.setBackend("wasm");
  const log = logKernels(["cpu", "wasm"]);
  const lines: string[] = [];
  const tell = (line: string) => void lines.push(line);
  try {
    tf.tidy(() => tf.relu(tf.tensor1d([1, -1])));
    expect(reportKernels(log.counts(), "wasm", tell)).toBe(0);
    expect(lines.join("\n")).toMatch(/Relu +wasm 1/);
    expect(lines.join("\n")).not.toContain("FAIL");

    await tf.setBackend("cpu");
    tf.tidy(() => tf.relu(tf.tensor1d([1, -1])));
    expect(reportKernels(log.counts(), "wasm", tell)).toBe(1);
    expect(lines.join("\n")).toMatch(/Relu +wasm 1, cpu 1/);
    expect(lines.at(-1)).toBe("FAIL 1 kernel calls fell back from wasm to another backend");
  } finally {
    log.stop();
  }
});
