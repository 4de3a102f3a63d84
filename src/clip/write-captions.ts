/**
 * Writes captions token by token, from anything that tells how likely each next token is: greedily, by chance among the likeliest,
 * or by several beams at once. Plain numbers; knows no tensors and no model.
 */
import type {Random} from "../tensor/random.ts";

/** A caption in the making: which image it is about, and its ids so far, the start token first. */
export interface Draft {
  image: number;
  ids: readonly number[];
}

/** Log-probabilities of every id as the next one, an array [vocabulary] for each draft. All drafts of a call are equally long. */
export type NextToken = (drafts: readonly Draft[]) => Promise<readonly Float32Array[]>;

export interface WriteOptions {
  /** "greedy": the likeliest token each time. "top-k": by chance among the k likeliest. "beam": the best of several drafts kept side by side. */
  strategy?: "greedy" | "top-k" | "beam";
  /** Of "top-k": how many tokens are in the draw. */
  k?: number;
  /** Of "top-k": above 1 bolder, below 1 closer to greedy. */
  temperature?: number;
  /** Of "beam": drafts kept for each image. */
  beams?: number;
  /** Draws the tokens of "top-k"; needed there only. */
  random?: Random;
}

export interface WrittenCaption {
  /** Without the start; the end token is the last one, unless the caption ran out of room. */
  tokens: {id: number; /** What the model gave this token when it was chosen, 0 to 1. */ probability: number}[];
  /** Natural logarithm of the product of all probabilities. */
  logProbability: number;
}

interface Vocabulary {
  startId: number;
  endId: number;
  /** Tokens a caption, start and end included. */
  contextLength: number;
}

interface Hypothesis extends Draft, WrittenCaption {}

/**
 * One caption for each of `images` images.
 * @throws RangeError naming the option that is out of range.
 */
export async function writeCaptions(images: number, next: NextToken, vocabulary: Vocabulary, options: WriteOptions = {}): Promise<WrittenCaption[]> {
  const {strategy = "greedy", k = 5, temperature = 1, beams = 4, random} = options;
  if (!["greedy", "top-k", "beam"].includes(strategy)) throw new RangeError(`strategy is "greedy", "top-k" or "beam"; it was given "${strategy}"`);
  for (const [name, value] of [["k", k], ["beams", beams]] as const) {
    if (!(Number.isInteger(value) && value >= 1)) throw new RangeError(`${name} is a whole number of at least 1; it was given ${value}`);
  }
  if (!(temperature > 0)) throw new RangeError(`temperature is a number above 0; it was given ${temperature}`);
  if (strategy === "top-k") {
    if (!random) throw new RangeError("top-k draws tokens by chance: give it a seeded random");
    return search(images, next, vocabulary, {width: 1, extend: (hypothesis, log) => [extended(hypothesis, draw(log, k, temperature, random), log)]});
  }
  const width = strategy === "beam" ? beams : 1;
  return search(images, next, vocabulary, {width, extend: (hypothesis, log) => likeliest(log, width).map((id) => extended(hypothesis, id, log))});
}

/** Grows all images' drafts by a token at a time and keeps the `width` best of each image. A sum of log-probabilities only falls, so a finished caption that is ahead stays ahead. */
async function search(
  images: number,
  next: NextToken,
  {startId, endId, contextLength}: Vocabulary,
  {width, extend}: {width: number; extend(hypothesis: Hypothesis, log: Float32Array): Hypothesis[]}
): Promise<WrittenCaption[]> {
  let kept: Hypothesis[][] = Array.from({length: images}, (_, image) => [{image, ids: [startId], tokens: [], logProbability: 0}]);
  const finished = ({ids}: Hypothesis) => ids.length > 1 && (ids.at(-1) === endId || ids.length >= contextLength);
  for (;;) {
    const open = kept.flatMap((hypotheses) => (finished(hypotheses[0]) ? [] : hypotheses.filter((one) => !finished(one))));
    if (open.length === 0) break;
    const logs = await next(open);
    const grown = open.flatMap((hypothesis, i) => extend(hypothesis, logs[i]));
    kept = kept.map((hypotheses, image) => {
      if (finished(hypotheses[0])) return hypotheses;
      const candidates = [...hypotheses.filter(finished), ...grown.filter((one) => one.image === image)];
      return candidates.sort((a, b) => b.logProbability - a.logProbability).slice(0, width);
    });
  }
  return kept.map(([{tokens, logProbability}]) => ({tokens, logProbability}));
}

function extended({image, ids, tokens, logProbability}: Hypothesis, id: number, log: Float32Array): Hypothesis {
  return {image, ids: [...ids, id], tokens: [...tokens, {id, probability: Math.exp(log[id])}], logProbability: logProbability + log[id]};
}

/** The `count` likeliest ids, the likeliest first; of equals the smaller id. */
function likeliest(log: Float32Array, count: number): number[] {
  return Array.from(log, (_, id) => id).sort((a, b) => log[b] - log[a] || a - b).slice(0, count);
}

function draw(log: Float32Array, k: number, temperature: number, random: Random): number {
  const ids = likeliest(log, k);
  const weights = ids.map((id) => Math.exp((log[id] - log[ids[0]]) / temperature));
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  return ids[Math.max(0, weights.findIndex((weight) => (left -= weight) < 0))];
}
