/** The stops of the loss microscope: for each the term of the formula, the lines of the source, what to draw and what to say. */
import type {LossSteps} from "../../src/clip/loss-steps.ts";
import {fixed, number} from "./text.ts";

type Name = keyof LossSteps;

/** A column of numbers to the right of the cells, or a row beneath them. */
export interface Strip {
  label: string;
  values: (steps: LossSteps) => number[];
}

export interface Stage {
  key: string;
  /** In the row of stops. */
  label: string;
  /** One sentence that says what happens here. */
  says: (steps: LossSteps, t: number) => string;
  tex: string;
  /** Names after `// @` in the source. */
  lines: string[];
  picture: {kind: "embeddings"; images: Name; captions: Name} | {kind: "cells"; cells: (steps: LossSteps) => number[][]; colours: "sequential" | "unit" | "diverging"; right?: Strip[]; below?: Strip[]} | {kind: "pulls"};
  /** Which cells matter. */
  lit: "all" | "row" | "column" | "diagonal";
  /** The arithmetic of one cell with its numbers. */
  example?: (steps: LossSteps, t: number, i: number, j: number) => string;
}

const two = (value: number) => fixed(value, 2);
const three = (value: number) => fixed(value, 3);

export const stages: Stage[] = [
  {
    key: "features",
    label: "embeddings",
    says: ({n, I_f}) => `${n} images and ${n} captions. Two networks, the towers, one for images and one for captions, turn each into ${I_f[0].length} numbers: its embedding.`,
    tex: "I_i,\\ T_j",
    lines: ["features"],
    picture: {kind: "embeddings", images: "I_f", captions: "T_f"},
    lit: "all"
  },
  {
    key: "normalise",
    label: "length 1",
    says: () => "Each embedding is divided by its length, so that only its direction counts.",
    tex: "\\hat I_i = \\frac{I_i}{\\lVert I_i \\rVert}",
    lines: ["normalise"],
    picture: {kind: "embeddings", images: "I_e", captions: "T_e"},
    lit: "all"
  },
  {
    key: "cosines",
    label: "cosines",
    says: () => "Every image meets every caption: multiply their numbers one by one and add up. The sum is the cosine of the angle between them.",
    tex: "s_{ij} = \\hat I_i \\cdot \\hat T_j",
    lines: ["cosines"],
    picture: {kind: "cells", cells: (steps) => steps.cosines, colours: "sequential"},
    lit: "all",
    example: ({cosines}, _t, i, j) => `the cosine of image ${i + 1} and caption ${j + 1} is ${three(cosines[i][j])}`
  },
  {
    key: "logits",
    label: "÷ temperature",
    says: (_, t) => `Each cosine is divided by the temperature, a number that is learned, too: ${number(Math.exp(-t))} now, which is to multiply by ${number(Math.exp(t))}. The result is called a logit.`,
    tex: "z_{ij} = e^{t} s_{ij}",
    lines: ["logits"],
    picture: {kind: "cells", cells: (steps) => steps.logits, colours: "sequential"},
    lit: "all",
    example: ({cosines, logits}, t, i, j) => `${number(Math.exp(t))} × ${three(cosines[i][j])} = ${two(logits[i][j])}`
  },
  {
    key: "shifted",
    label: "− row’s greatest",
    says: () => "The greatest logit of each row is taken away from the row. The outcome stays the same, and no number can grow too large for the next step.",
    tex: "z_{ij} - \\max_k z_{ik}",
    lines: ["shifted"],
    picture: {kind: "cells", cells: (steps) => steps.shifted, colours: "sequential", right: [{label: "greatest", values: ({logits}) => logits.map((row) => Math.max(...row))}]},
    lit: "row",
    example: ({logits, shifted}, _t, i, j) => `${two(logits[i][j])} − ${two(Math.max(...logits[i]))} = ${two(shifted[i][j])}`
  },
  {
    key: "weights",
    label: "exp",
    says: () => "The exponential makes every number positive, and a lead into a large lead.",
    tex: "e^{z_{ij} - \\max_k z_{ik}}",
    lines: ["weights"],
    picture: {kind: "cells", cells: (steps) => steps.weights, colours: "unit"},
    lit: "all",
    example: ({shifted, weights}, _t, i, j) => `exp(${two(shifted[i][j])}) = ${three(weights[i][j])}`
  },
  {
    key: "probabilities",
    label: "÷ row sum",
    says: () => "Divided by its row’s sum, each number becomes a probability: how surely the image picks this caption. Every row adds up to 1.",
    tex: "p_{ij} = \\frac{e^{z_{ij}}}{\\sum_k e^{z_{ik}}}",
    lines: ["sums", "probabilities"],
    picture: {kind: "cells", cells: (steps) => steps.p, colours: "unit", right: [{label: "row sum", values: (steps) => steps.sums}]},
    lit: "row",
    example: ({weights, sums, p}, _t, i, j) => `${three(weights[i][j])} ÷ ${three(sums[i])} = ${three(p[i][j])}`
  },
  {
    key: "lossImage",
    label: "−log of the diagonal",
    says: () => "Only the true pair counts: the loss of an image is minus the logarithm of its own caption’s probability. Certain and right costs 0.",
    tex: "-\\log p_{ii}",
    lines: ["lossImage"],
    picture: {kind: "cells", cells: (steps) => steps.p, colours: "unit", right: [{label: "loss", values: (steps) => steps.loss_i}]},
    lit: "diagonal",
    example: ({p, loss_i}, _t, i) => `−log ${three(p[i][i])} = ${three(loss_i[i])}`
  },
  {
    key: "columns",
    label: "then the columns",
    says: () => "The same down the columns: now each caption picks an image, and every column adds up to 1.",
    tex: "-\\log q_{jj}",
    lines: ["columns", "lossText"],
    picture: {kind: "cells", cells: (steps) => steps.q, colours: "unit", below: [{label: "loss", values: (steps) => steps.loss_t}]},
    lit: "column",
    example: ({q, loss_t}, _t, _i, j) => `−log ${three(q[j][j])} = ${three(loss_t[j])}`
  },
  {
    key: "loss",
    label: "mean",
    says: ({n, loss}) => `The mean of all ${2 * n} is the loss: ${three(loss)}. Guessing would cost ${three(Math.log(n))}.`,
    tex: "L = \\frac{1}{2N} \\sum_i \\left( -\\log p_{ii} - \\log q_{ii} \\right)",
    lines: ["loss"],
    picture: {kind: "cells", cells: (steps) => steps.p, colours: "unit", right: [{label: "loss", values: (steps) => steps.loss_i}], below: [{label: "loss", values: (steps) => steps.loss_t}]},
    lit: "diagonal"
  },
  {
    key: "gradLogits",
    label: "back to the logits",
    says: () => "Backwards: how the loss would change with each logit. It is probability minus truth: the diagonal asks to grow, every wrong cell asks to shrink by as much as it was believed.",
    tex: "\\frac{\\partial L}{\\partial z_{ij}} = \\frac{(p_{ij} - 1_{ij}) + (q_{ij} - 1_{ij})}{2N}",
    lines: ["gradLogits"],
    picture: {kind: "cells", cells: (steps) => steps.d_logits, colours: "diverging"},
    lit: "all",
    example: ({n, p, q, d_logits}, _t, i, j) => `(${three(p[i][j])} + ${three(q[i][j])}${i === j ? " − 2" : ""}) ÷ ${2 * n} = ${fixed(d_logits[i][j], 4)}`
  },
  {
    key: "gradEmbeddings",
    label: "back to an embedding",
    says: () => "On one image’s embedding this is a tug of war: its own caption pulls it closer, each wrong caption pushes it away. The step follows the sum of all these arrows.",
    tex: "\\frac{\\partial L}{\\partial \\hat I_i} = e^{t} \\sum_j \\frac{\\partial L}{\\partial z_{ij}} \\hat T_j",
    lines: ["gradCosines", "gradEmbeddings"],
    picture: {kind: "pulls"},
    lit: "row"
  },
  {
    key: "gradScale",
    label: "back to the temperature",
    says: ({d_t}) => `Each cell also pulls on the temperature, by its logit. They add up to ${three(d_t)}: a step makes the model ${d_t < 0 ? "colder, so more certain" : "warmer, so less certain"}.`,
    tex: "\\frac{\\partial L}{\\partial t} = \\sum_{ij} \\frac{\\partial L}{\\partial z_{ij}} z_{ij}",
    lines: ["gradScale"],
    picture: {kind: "cells", cells: ({d_logits, logits}) => d_logits.map((row, i) => row.map((value, j) => value * logits[i][j])), colours: "diverging"},
    lit: "all",
    example: ({d_logits, logits}, _t, i, j) => `${fixed(d_logits[i][j], 4)} × ${two(logits[i][j])} = ${three(d_logits[i][j] * logits[i][j])}`
  }
];

/** The lines of a source that carry `// @name`, in order, without the mark. */
export function markedLines(source: string): {name: string; code: string}[] {
  return source.split("\n").flatMap((line) => {
    const mark = /^\s*(.*?)\s*\/\/ @(\w+)\s*$/.exec(line);
    return mark ? [{code: mark[1], name: mark[2]}] : [];
  });
}
