/** Hostile files, read in a process that is watched: each is read rightly or refused in a good sentence, soon, and within memory. */
import {readFileSync} from "node:fs";
import {beforeAll, describe, expect, test} from "vitest";
import {bundleProgram} from "../../build.mjs";
import {complaintsAbout} from "../../src/cli/attack/complaints.ts";
import {hostileArchives} from "../../src/cli/attack/hostile-archives.ts";
import {hostileArrays} from "../../src/cli/attack/hostile-arrays.ts";
import type {HostileCase} from "../../src/cli/attack/hostile-case.ts";
import {hostileCheckpoints} from "../../src/cli/attack/hostile-checkpoints.ts";
import {hostileImages} from "../../src/cli/attack/hostile-images.ts";
import {watchedReading} from "../../src/cli/attack/watched-reading.ts";

const mostBytes = 2e9;

let program: string;
beforeAll(async () => void (program = await bundleProgram("src/cli/attack/child.ts")));

const makers: [string, number, () => AsyncIterable<HostileCase>][] = [
  ["checkpoints and configurations", 40, () => hostileCheckpoints(1)],
  ["arrays and captions", 40, () => hostileArrays(1, readFileSync("test/fixtures/parquet/pyarrow-snappy.parquet"))],
  ["archives", 40, () => hostileArchives(1)],
  ["images", 40, () => hostileImages(1)]
];

describe("hostile files", () => {
  test.each(makers)("%s", async (_, least, make) => {
    const complaints: string[] = [];
    let [count, peak, slowest, which] = [0, 0, 0, ""];
    for await (const result of watchedReading(make(), {program})) {
      count++;
      peak = Math.max(peak, result.peakBytes);
      if (result.cpuSeconds > slowest) [slowest, which] = [result.cpuSeconds, result.case.name];
      complaints.push(...complaintsAbout(result));
    }
    console.log(`${count} files: at most ${Math.round(peak / 1e6)} MB, ${slowest.toFixed(2)} s of the processor a file (${which}), ${complaints.length} complaints`);
    expect(complaints).toEqual([]);
    expect(count).toBeGreaterThanOrEqual(least);
    expect(peak).toBeGreaterThan(1e7);
    expect(peak).toBeLessThan(mostBytes);
  }, 500_000);

  test("a process that hangs is noticed and killed, and the next file is read", async () => {
    const cases = async function* (): AsyncGenerator<HostileCase> {
      yield {name: "slow.csv", kind: "matrix", bytes: new TextEncoder().encode("1,2\n".repeat(4_000_000)) as Uint8Array<ArrayBuffer>, expected: "read"};
      yield {name: "quick.csv", kind: "matrix", bytes: new TextEncoder().encode("1,2\n") as Uint8Array<ArrayBuffer>, expected: "read"};
    };
    const outcomes: string[] = [];
    for await (const {outcome} of watchedReading(cases(), {program, mostCpuSeconds: 0.3})) outcomes.push(outcome);
    expect(outcomes).toEqual(["hung", "read"]);
  });
});
