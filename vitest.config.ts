import {availableParallelism} from "node:os";
import {defineConfig} from "vitest/config";
import {softwareVulkan} from "./src/tensor/software-vulkan.ts";
import LongestFirst from "./test/longest-first.ts";

/** A worker a core: by itself Vitest leaves one core free, which is half of a small machine. */
const maxWorkers = availableParallelism();

/** What drives a real browser waits for much; what it waits for comes later on a busy machine. A test that fails once has failed: nothing is tried again. */
const inBrowsers = {
  testTimeout: 900_000,
  hookTimeout: 900_000,
  expect: {poll: {timeout: 60_000, interval: 100}},
  retry: 0,
  // Two at a time: most of a browser test is waiting.
  maxWorkers: 2,
  pool: "forks" as const
};

/**
 * Four kinds of test: "node" needs nothing but Node; "webgpu" needs Chromium's software Vulkan driver beside it; "browser" drives real browsers over the built
 * site; "long" does so for what `npm test` has no time for.
 */
export default defineConfig({
  test: {
    reporters: ["default", "./test/closing-line.ts"],
    sequence: {sequencer: LongestFirst},
    projects: [
      {
        test: {
          name: "node",
          include: ["test/**/*.test.ts"],
          exclude: ["test/browser/**", "test/webgpu/**", "test/long/**"],
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
      {test: {name: "browser", include: ["test/browser/**/*.test.ts"], ...inBrowsers}},
      {test: {name: "long", include: ["test/long/**/*.test.ts"], ...inBrowsers}}
    ]
  }
});
