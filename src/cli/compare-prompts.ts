/**
 * `node build.mjs run src/cli/compare-prompts.ts`: trains the "subjects" run of src/train/shipped.ts with several seeds, and prints how many
 * held-out postcards each template alone and all together name rightly: the rows that notebooks/10-zero-shot.html shows as measured.
 */
import {parseArgs} from "node:util";
import type {PairSet} from "../data/pairs.ts";
import {classify} from "../evaluate/classification.ts";
import {promptsOf} from "../evaluate/prompts.ts";
import {zeroShotScores, zeroShotWeights} from "../evaluate/zero-shot.ts";
import {chooseNodeBackend} from "../tensor/node.ts";
import type {Run} from "../train/run.ts";
import {shipped} from "../train/shipped.ts";
import {installNodeKernels} from "./node-kernels.ts";
import {trainShipped} from "./train-shipped.ts";

/** As in the notebook. */
const tested = 240;
const templates = {
  subject: ["a {}.", "there is a {}.", "a postcard of a {}.", "look, a {}.", "a red {}.", "a blue {} at night.", "a {} on the beach.", "a {} in the snow."],
  colour: ["dog", "cat", "bird", "boat", "car", "house", "flower", "kite"].map((noun) => `a {} ${noun}.`)
};

const {values} = parseArgs({args: process.argv.slice(2), options: {seeds: {type: "string", default: "1,2,3,4,5"}}});
const {backend, reason} = await chooseNodeBackend("wasm");
console.log(`${reason} Kernels: ${await installNodeKernels()}.`);

for (const seed of values.seeds.split(",").map(Number)) {
  const {run, pairs} = await trainShipped({...shipped.subjects, seed}, {backend, reason});
  const single: number[] = [];
  for (const template of templates.subject) single.push(await accuracy(run, pairs, "subject", [template]));
  const ensemble = await accuracy(run, pairs, "subject", templates.subject);
  const colour = await accuracy(run, pairs, "colour", templates.colour);
  console.log(JSON.stringify({seed, ensemble, single: single.reduce((sum, share) => sum + share, 0) / single.length, best: Math.max(...single), colour}, (_, value) => (typeof value === "number" ? Number(value.toFixed(4)) : value)));
  await run.dispose();
}
process.exit();

/** Share of held-out cards whose `factor` the classifier made of these templates names rightly. */
async function accuracy(run: Run, pairs: PairSet, factor: keyof typeof templates, texts: string[]): Promise<number> {
  const rows = pairs.splits.flatMap((split, row) => (split === "test" ? [row] : [])).slice(0, tested);
  const labels = [...new Set(pairs.factors[factor].map(String))].sort();
  const {images, width} = await run.embed({rows});
  const {texts: promptEmbeddings} = await run.embed({texts: promptsOf(labels, texts).prompts});
  const weights = zeroShotWeights({promptEmbeddings: promptEmbeddings!, width, templates: texts.length});
  const truth = Int32Array.from(rows, (row) => labels.indexOf(String(pairs.factors[factor][row])));
  return classify({scores: zeroShotScores({imageEmbeddings: images!, weights, width}), classes: labels.length, truth}).top1;
}
