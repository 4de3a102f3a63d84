/** The checkpoint that comes with the site: small, of the present postcards, and what lessons need of it; and a resumed run on WebAssembly. */
import {existsSync, readFileSync} from "node:fs";
import {beforeAll, expect, test} from "vitest";
import {installNodeKernels} from "../../src/cli/node-kernels.ts";
import {postcards} from "../../src/data/postcards/index.ts";
import {classify} from "../../src/evaluate/classification.ts";
import {promptsOf} from "../../src/evaluate/prompts.ts";
import {zeroShotScores, zeroShotWeights} from "../../src/evaluate/zero-shot.ts";
import {chooseNodeBackend} from "../../src/tensor/node.ts";
import {createRun} from "../../src/train/create-run.ts";
import type {RunSpec} from "../../src/train/protocol.ts";
import {filmEverySteps, shipped as runs, shippedRun} from "../../src/train/shipped.ts";
import {expectSameValues} from "../same-values.ts";

beforeAll(async () => {
  await chooseNodeBackend("wasm");
  await installNodeKernels();
});

const shipped = runs.postcards;
const path = `notebooks/site/${shipped.address}`;

const open = (spec: Partial<RunSpec>, count: number) =>
  createRun({pairs: "", ...spec}, {
    id: "run-1",
    opened: {pairs: postcards({count, seed: shipped.seed, sizePx: 32})},
    choice: {backend: "wasm", reason: "a test"},
    library: {},
    read: async (address) => new Uint8Array(readFileSync(`notebooks/site/${address}`))
  });

test("the shipped checkpoint opens as a finished run on the present postcards, with its film", async () => {
  expect(existsSync(path), `${path} is missing: npm run checkpoint makes it`).toBe(true);
  expect(readFileSync(path).byteLength).toBeLessThan(6e6);
  const {run, info, film} = await open({from: shippedRun()}, shipped.limit);
  // 0 here means that the postcards, or the order of the batches, are no longer those it was trained on.
  expect(info.step).toBe(shipped.steps);
  expect([run.state, film.length]).toEqual(["finished", Math.ceil(shipped.steps / filmEverySteps) + 1]);
  const {watched, heldOut, lossHistory} = await run.snapshot();
  const last = film.at(-1)!;
  expect(last.heldOut!.imageToText[1]).toBeGreaterThan(0.5);
  expect(Math.abs(heldOut!.imageToText[1] - last.heldOut!.imageToText[1])).toBeLessThan(0.05); // half precision may move one
  expectSameValues(watched.imageEmbeddings, last.watched.imageEmbeddings, {within: 0.02});
  expect(lossHistory).toEqual(last.lossHistory);
  // Retrained on request, it begins where the film begins.
  await run.restart();
  const first = await run.snapshot();
  expectSameValues(first.watched.captionEmbeddings, film[0].watched.captionEmbeddings, {within: 1e-4});
  expect((await run.step(1)).loss).toBeCloseTo(lossHistory[0], 3);
  await run.dispose();
});

test("the run of the zero-shot lesson names subject and colour of held-out cards, by words alone, above 80 %", async () => {
  const {address, film: _, source: __, limit, ...its} = runs.subjects;
  expect(readFileSync(`notebooks/site/${address}`).byteLength).toBeLessThan(6e6);
  const {run, info} = await open({...its, from: shippedRun(its)}, limit);
  expect([info.step, run.state]).toEqual([its.steps, "finished"]);
  const {factors, splits} = postcards({count: 1600, seed: its.seed, sizePx: 16});
  const rows = splits.flatMap((split, row) => (split === "test" ? [row] : [])); // 240 cards
  const {images, width} = await run.embed({rows});
  for (const [factor, template] of [["subject", "a postcard of a {}."], ["colour", "a {} kite."]]) {
    const labels = [...new Set(factors[factor].map(String))];
    const {texts} = await run.embed({texts: promptsOf(labels, [template]).prompts});
    const weights = zeroShotWeights({promptEmbeddings: texts!, width, templates: 1});
    const truth = Int32Array.from(rows, (row) => labels.indexOf(String(factors[factor][row])));
    expect(classify({scores: zeroShotScores({imageEmbeddings: images!, weights, width}), classes: labels.length, truth}).top1, factor).toBeGreaterThan(0.8);
  }
  await run.dispose();
});

test("only a run with the same values is the shipped one", () => {
  expect(shippedRun({model: "vit-tiny", seed: 1, limit: 2048, steps: 250})).toBe(shipped.address);
  const {address, film: _, ...its} = runs.subjects;
  expect(shippedRun(its)).toBe(address);
  expect(shippedRun({...its, hardNegatives: {...its.hardNegatives, size: 8}})).toBeUndefined();
  expect(shippedRun({seed: 2})).toBeUndefined();
  expect(shippedRun({steps: 2, limit: 128})).toBeUndefined();
});

test("on WebAssembly, too, a resumed run has the losses of the one that never stopped", async () => {
  const spec = {batchSize: 16, steps: 6, watch: 4, map: 2, averageDecay: 0.5};
  const {run} = await open(spec, 256);
  await run.step(2);
  const from = await run.checkpoint();
  const whole = (await run.step(2)).lossHistory;
  const {run: again} = await open({...spec, from}, 256);
  (await again.step(2)).lossHistory.forEach((loss, i) => expect(loss).toBeCloseTo(whole[i], 5));
  await again.dispose();
  await run.dispose();
});
