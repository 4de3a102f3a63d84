import type {Reporter, TestModule} from "vitest/node";

/** Ends a run with one plain line, "N passed, N failed, N skipped", for whoever reads only the last line; before it, the tests that passed only when tried again. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>) {
    const count = {passed: 0, failed: 0, skipped: 0};
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const {state} = test.result();
        if (state !== "pending") count[state]++;
        if (test.diagnostic()?.flaky) console.log(`passed only when tried again: ${test.fullName} (${module.relativeModuleId})`);
      }
      if (module.errors().length > 0) count.failed++;
    }
    console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  }
}
