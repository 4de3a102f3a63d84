import {existsSync, mkdirSync, readFileSync, writeFileSync} from "node:fs";
import {dirname} from "node:path";
import type {Reporter, TestCase, TestModule, Vitest} from "vitest/node";

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  /** Lines to be read before the count. */
  told: string[];
}

/**
 * Ends a run with one plain line, "N passed, N failed, N skipped", for whoever reads only the last line; before it, the tests that were left out, with the
 * reason. `npm test` runs Vitest twice: DIAGONAL_TALLY names a file in which the second run finds what the first one counted.
 */
export default class ClosingLine implements Reporter {
  /** Whether only tests of some name were asked for: the others are left out for that reason alone. */
  private isChosenByName = false;

  onInit(vitest: Vitest) {
    this.isChosenByName = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>) {
    const file = process.env.DIAGONAL_TALLY;
    const before = file && existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Tally) : undefined;
    const tally: Tally = before ?? {passed: 0, failed: 0, skipped: 0, told: []};
    for (const module of modules) this.count(module, tally);
    console.log(["", ...tally.told, `${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`].join("\n"));
    if (!file) return;
    mkdirSync(dirname(file), {recursive: true});
    writeFileSync(file, JSON.stringify(tally));
  }

  private count(module: TestModule, tally: Tally) {
    const leftOut = new Map<string, number>();
    for (const test of module.children.allTests()) {
      const {state} = test.result();
      if (state !== "pending") tally[state]++;
      if (state === "skipped" && !this.isChosenByName) leftOut.set(reasonOf(test), (leftOut.get(reasonOf(test)) ?? 0) + 1);
    }
    for (const [reason, count] of leftOut) tally.told.push(`left out: ${count === 1 ? "1 test" : `${count} tests`} of ${module.relativeModuleId}: ${reason}`);
    if (module.errors().length > 0) tally.failed++;
  }
}

/** As given by `leftOut` (left-out.ts), or by `context.skip(reason)` while the test ran. */
function reasonOf(test: TestCase): string {
  const result = test.result();
  return test.meta().reason ?? (result.state === "skipped" ? result.note : undefined) ?? "no reason given";
}
