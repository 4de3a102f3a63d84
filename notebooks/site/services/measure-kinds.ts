/** The arguments of what is measured beside the training: layouts of a map, probes on features. */
import {boolean, bytes, dictionary, either, integer, list, number, numbers, optional, record, text, word} from "../../../src/rpc/kinds.ts";
import type {Kind} from "../../../src/rpc/kinds.ts";

const floats = numbers(Float32Array);
const width = integer({from: 1, to: 100_000});
const places = either(floats, list(number(), 1_000_000));

export const layoutArguments: Record<string, Kind> = {
  points: floats,
  width,
  kinds: optional(bytes(16)),
  view: optional(word("umap", "pairing", "pca", "gap")),
  neighbours: optional(number({to: 1000})),
  seed: optional(number()),
  warm: optional(record({x: places, y: places})),
  epochs: optional(number({to: 10_000})),
  measure: optional(boolean)
};

export const judgeArguments: Record<string, Kind> = {points: floats, width, kinds: bytes(16), x: floats, y: floats, scale: number()};

const data = record({features: floats, width, truth: numbers(Int32Array)});
const classes = integer({from: 1, to: 100_000});
const labels = optional(list(text(1000), 100_000));

export const probeArguments: Record<string, Kind> = {
  lines: list(record({train: data, test: data, start: optional(floats), C: optional(number())}), 100),
  classes,
  labels,
  ks: list(number(), 1000),
  seeds: list(number(), 1000),
  average: optional(word("rows", "classes"))
};

export const sweepArguments: Record<string, Kind> = {train: data, sets: dictionary(data, 20), classes, labels, values: list(number(), 1000), rounds: optional(integer({from: 1, to: 100_000}))};
