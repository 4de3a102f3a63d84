import {availableParallelism} from "node:os";
import {defineConfig} from "vitest/config";
import {softwareVulkan} from "./src/tensor/software-vulkan.ts";
import LongestFirst from "./test/longest-first.ts";

/** A worker a core: by itself Vitest leaves one core free, which is half of a small machine. */
const maxWorkers = availableParallelism();

/** Three kinds of test: "node" needs nothing but Node; "webgpu" needs Chromium's software Vulkan driver beside it; "browser" drives a real Chromium over the built site. */
export default defineConfig({
  test: {
    reporters: ["default", "./test/closing-line.ts"],
    sequence: {sequencer: LongestFirst},
    projects: [
      {
        test: {
          name: "node",
          include: ["test/**/*.test.ts"],
          exclude: ["test/browser/**", "test/webgpu/**"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers,
          pool: "forks"
        }
      },
      {
        test: {
          name: "webgpu",
          include: ["test/webgpu/**/*.test.ts"],
          // The Vulkan loader reads these when the process starts.
          env: softwareVulkan() ?? {},
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers,
          pool: "forks"
        }
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          // What is waited for comes later on a busy machine.
          expect: {poll: {timeout: 60_000, interval: 100}},
          // A busy machine can make a browser miss a press. What passed only the second time is told at the end of the run.
          retry: 1,
          // Two at a time: most of a browser test is waiting.
          maxWorkers: 2,
          pool: "forks"
        }
      }
    ]
  }
});
