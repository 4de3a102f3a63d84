/** Parameter groups by path pattern: learning rates, decay and freezing, and rates that fall layer by layer towards the input. */
import type {StepScale} from "./adamw.ts";

/** What holds for every parameter that a pattern matches; a later group overrides an earlier one, field by field. */
export interface ParameterGroup {
  /** A path, or the path above it ("visual" means all of the image tower); `*` stands for any part of a path between dots, `**` for any parts. */
  pattern: string;
  /** Times the schedule's learning rate. */
  learningRate?: number;
  /** Times the optimizer's weight decay. */
  weightDecay?: number;
  /** Neither gradient nor step; batch norms keep their running statistics still. */
  frozen?: boolean;
}

export interface Groups {
  /** For the optimizer's `update`. */
  scaleOf(path: string): StepScale;
  /** For the model's mode. */
  frozen(path: string): boolean;
  /** The paths that are trained: those to ask gradients for. */
  trained(paths: readonly string[]): string[];
}

/** Whether a pattern matches a path or something above it. */
export function matchesPath(pattern: string, path: string): boolean {
  return matchParts(pattern.split("."), path.split("."));
}

function matchParts([first, ...rest]: string[], parts: string[]): boolean {
  if (first === undefined) return true; // what is left of the path lies below the pattern
  if (first === "**") return parts.some((_, i) => matchParts(rest, parts.slice(i))) || (rest.length === 0 && parts.length > 0);
  if (parts.length === 0 || !matchPart(first, parts[0])) return false;
  return matchParts(rest, parts.slice(1));
}

function matchPart(pattern: string, part: string): boolean {
  const expression = pattern.split("*").map((text) => text.replace(/[\\^$.|?+()[\]{}]/g, "\\$&")).join(".*");
  return new RegExp(`^${expression}$`).test(part);
}

/** Makes groups for a model's paths. Throws an Error naming every pattern that matches none of them: a typing error, almost always. */
export function parameterGroups(groups: readonly ParameterGroup[], paths: readonly string[], base: (path: string) => number = () => 1): Groups {
  const idle = groups.filter(({pattern}) => !paths.some((path) => matchesPath(pattern, path)));
  if (idle.length > 0) throw new Error(`No parameter is matched by ${idle.map(({pattern}) => `"${pattern}"`).join(", ")}; there are paths such as "${paths[0]}" and "${paths[paths.length - 1]}".`);
  const known = new Map(
    paths.map((path) => {
      const found = {learningRate: 1, weightDecay: 1, frozen: false};
      for (const {pattern, learningRate = found.learningRate, weightDecay = found.weightDecay, frozen = found.frozen} of groups) {
        if (matchesPath(pattern, path)) Object.assign(found, {learningRate, weightDecay, frozen});
      }
      return [path, {...found, learningRate: found.frozen ? 0 : found.learningRate * base(path)}];
    })
  );
  const of = (path: string) => {
    const group = known.get(path);
    if (!group) throw new Error(`groups: the path "${path}" was not there when the groups were made`);
    return group;
  };
  return {scaleOf: of, frozen: (path) => of(path).frozen, trained: (all) => all.filter((path) => !of(path).frozen)};
}

/**
 * Rates that fall by a factor a layer from the output to the input, each tower for itself: decay^(n - 1 - i) for layer i of n (BEiT's
 * scheme; .6 to .65 to fine-tune CLIP). Embeddings, positions and stems are layer 0, block k is k + 1, norms, poolings and projections
 * behind the blocks are the last. The result is a base for `parameterGroups`.
 */
export function layerDecay(paths: readonly string[], decay: number): (path: string) => number {
  if (!(decay > 0 && decay <= 1)) throw new RangeError(`layerDecay: decay must be above 0 and at most 1, got ${decay}`);
  const deepest = {image: 0, text: 0};
  for (const path of paths) deepest[towerOf(path)] = Math.max(deepest[towerOf(path)], blockOf(path, paths) ?? 0);
  return (path) => {
    if (path === "logit_scale") return 1;
    const last = deepest[towerOf(path)] + 1;
    const layer = isFirst(path) ? 0 : blockOf(path, paths) ?? last;
    return decay ** (last - layer);
  };
}

function towerOf(path: string): "image" | "text" {
  return path.startsWith("visual.") || path.startsWith("image_head.") ? "image" : "text";
}

/** The place of a path's block in its tower, from 1; undefined for what is in no block. A ResNet's bottlenecks are counted through its stages. */
function blockOf(path: string, paths: readonly string[]): number | undefined {
  const block = /(?:^|\.)resblocks\.(\d+)\./.exec(path);
  if (block) return Number(block[1]) + 1;
  const bottleneck = /^visual\.layer(\d+)\.(\d+)\./.exec(path);
  if (!bottleneck) return undefined;
  const before = new Set<string>();
  for (const other of paths) {
    const found = /^visual\.layer(\d+)\.(\d+)\./.exec(other);
    if (found && (Number(found[1]) < Number(bottleneck[1]) || (found[1] === bottleneck[1] && Number(found[2]) <= Number(bottleneck[2])))) before.add(`${found[1]}.${found[2]}`);
  }
  return before.size;
}

/** What touches the input: patches, stem, tokens, positions and the norm behind them. */
function isFirst(path: string): boolean {
  return /^(visual\.(conv\d|bn\d|class_embedding|positional_embedding|ln_pre)|token_embedding|positional_embedding)(\.|$)/.test(path);
}
