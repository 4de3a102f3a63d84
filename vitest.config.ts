import {defineConfig} from "vitest/config";

/** Two kinds of test: "node" needs nothing but Node; "browser" drives a real Chromium over the built site. */
export default defineConfig({
  test: {
    reporters: ["default", "./test/closing-line.ts"],
    projects: [
      {
        test: {
          name: "node",
          include: ["test/**/*.test.ts"],
          exclude: ["test/browser/**"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: "forks"
        }
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          testTimeout: 900_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          // A busy machine can make a browser miss a click; a defect fails twice.
          retry: 1,
          pool: "forks"
        }
      }
    ]
  }
});
