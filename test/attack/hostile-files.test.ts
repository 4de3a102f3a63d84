/** Hostile files, read in a process that is watched: each is read rightly or refused in a good sentence, soon, and within memory. */
import {readFileSync} from "node:fs";
import {beforeAll, describe, expect, test} from "vitest";
import {bundleProgram} from "../../build.mjs";
import {hostileArchives} from "../../src/cli/attack/hostile-archives.ts";
import {hostileArrays} from "../../src/cli/attack/hostile-arrays.ts";
import type {HostileCase} from "../../src/cli/attack/hostile-case.ts";
import {hostileCheckpoints} from "../../src/cli/attack/hostile-checkpoints.ts";
import {hostileImages} from "../../src/cli/attack/hostile-images.ts";
import {faultsOf} from "../../src/cli/attack/sentence.ts";
import {watchedReading} from "../../src/cli/attack/watched-reading.ts";
import type {WatchedResult} from "../../src/cli/attack/watched-reading.ts";

const mostBytes = 2e9;

let program: string;
beforeAll(async () => void (program = await bundleProgram("src/cli/attack/child.ts")));

/** What is wrong with what became of a file. */
function complaintsAbout({case: {name, kind, expected, members}, outcome, sentence, said, members: found, peakBytes, cpuSeconds}: WatchedResult): string[] {
  if (outcome === "hung" || outcome === "died") return [`${name} ${outcome} after ${cpuSeconds} s`];
  const names = [name, ...(kind === "model" ? ["hostile"] : [])];
  return [
    ...(expected !== "either" && expected !== outcome ? [`${name} was ${outcome}, expected ${expected}${sentence ? `: ${sentence}` : ""}`] : []),
    ...(sentence === undefined ? [] : faultsOf(sentence, names).map((fault) => `${name} ${fault}: ${sentence}`)),
    ...said.flatMap((line) => faultsOf(line, names).map((fault) => `${name} ${fault}: ${line}`)),
    ...(members ?? []).filter((member) => outcome === "read" && !found?.includes(member)).map((member) => `${name} lost ${member}, and told ${JSON.stringify(said)}`),
    ...(peakBytes > mostBytes ? [`${name} took ${Math.round(peakBytes / 1e6)} MB`] : [])
  ];
}

const makers: [string, number, () => AsyncIterable<HostileCase>][] = [
  ["checkpoints and configurations", 40, () => hostileCheckpoints(1)],
  ["arrays and captions", 40, () => hostileArrays(1, readFileSync("test/fixtures/parquet/pyarrow-snappy.parquet"))],
  ["archives", 40, () => hostileArchives(1)],
  ["images", 40, () => hostileImages(1)]
];

describe("hostile files", () => {
  test.each(makers)("%s", async (_, least, make) => {
    const complaints: string[] = [];
    let [count, peak, slowest] = [0, 0, 0];
    for await (const result of watchedReading(make(), {program})) {
      count++;
      peak = Math.max(peak, result.peakBytes);
      slowest = Math.max(slowest, result.cpuSeconds);
      complaints.push(...complaintsAbout(result).map((complaint) => complaint.slice(0, 400)));
    }
    console.log(`${count} files: at most ${Math.round(peak / 1e6)} MB, ${slowest} s of the processor a file, ${complaints.length} complaints`);
    expect(complaints).toEqual([]);
    expect(count).toBeGreaterThanOrEqual(least);
    expect(peak).toBeGreaterThan(1e7);
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
