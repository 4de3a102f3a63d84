/**
 * A model's parameters: a plain tree, flat, whose dotted paths are open_clip's state-dict names and whose shapes are
 * PyTorch's. It knows how to start them from a specification, and nothing of what they are for.
 */
import {limits, past} from "../limits.ts";
import type {Random} from "./random.ts";
import * as tf from "./tf.ts";

/** How a parameter starts; standard deviations and bounds as numbers. */
export type Start = {normal: number} | {uniform: number} | {constant: number};

export interface ParameterSpec {
  shape: number[];
  start: Start;
  /** A running statistic: saved with the parameters, moved by the model, never by the optimizer. */
  buffer?: boolean;
}

/** Specifications by path, in the order of the state dict. */
export type ParameterSpecs = Map<string, ParameterSpec>;

/** The interface that models and optimizers see; where the values live is the implementation's business. */
export interface Parameters {
  /** The parameter itself; valid until the next change, never to be disposed by who asked. Throws where the path is unknown. */
  get(path: string): tf.Variable;
  has(path: string): boolean;
  /** Every path, buffers too, in the order of the state dict. */
  paths(): string[];
  isBuffer(path: string): boolean;
  /** Copies the values of a tensor or array of the same size into a parameter. */
  set(path: string, values: tf.Tensor | Float32Array): void;
  dispose(): void;
}

/** Looks a parameter up by its path below a fixed prefix: `w("ln_1.weight")`. */
export type Lookup = (path: string) => tf.Tensor;

/** The parameters below a prefix. */
export function below(parameters: Parameters, prefix: string): Lookup {
  return (path) => parameters.get(`${prefix}.${path}`);
}

/** Number of values in a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Number of trained values; buffers are not counted, as in PyTorch. Nothing is allocated. */
export function countParameters(specs: ParameterSpecs): number {
  let count = 0;
  for (const {shape, buffer} of specs.values()) if (!buffer) count += sizeOf(shape);
  return count;
}

/** A specification's starting values. Each parameter draws from a generator of its own, so that adding one leaves the others unchanged. */
export function startingValues(path: string, {shape, start}: ParameterSpec, random: Random): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  if ("constant" in start) return values.fill(start.constant);
  const own = random.fork(path);
  const draw = "normal" in start ? () => start.normal * own.normal() : () => start.uniform * (2 * own() - 1);
  for (let i = 0; i < values.length; i++) values[i] = draw();
  return values;
}

/** Parameters as specified, at their seeded start or with the values of `values`. The caller disposes them. Throws a RangeError before anything is allocated where there would be too many. */
export function createParameters(specs: ParameterSpecs, {random, values}: {random: Random; values?: ReadonlyMap<string, Float32Array>}): Parameters {
  const tooMany = past(limits.parameters, countParameters(specs));
  if (tooMany) throw new RangeError(`the model ${tooMany}`);
  const variables = new Map<string, tf.Variable>();
  for (const [path, spec] of specs) {
    const given = values?.get(path);
    if (given && given.length !== sizeOf(spec.shape)) throw new RangeError(`"${path}" of shape [${spec.shape}] needs ${sizeOf(spec.shape)} values, ${given.length} came`);
    const start = tf.tensor(given ?? startingValues(path, spec, random), spec.shape);
    variables.set(path, tf.variable(start, !spec.buffer));
    start.dispose();
  }
  return parametersOf(variables, new Set([...specs].filter(([, {buffer}]) => buffer).map(([path]) => path)));
}

/** Parameters out of tensors that are there already, by path; they are taken over, and freed with the parameters. Throws where one is missing or misshapen, and takes none. */
export function parametersFrom(specs: ParameterSpecs, tensors: ReadonlyMap<string, tf.Tensor>): Parameters {
  for (const [path, {shape}] of specs) {
    const found = tensors.get(path);
    if (!found || `${found.shape}` !== `${shape}`) throw new RangeError(`"${path}" is ${found ? `[${found.shape}]` : "missing"}; expected [${shape}]`);
  }
  const variables = new Map<string, tf.Variable>();
  for (const [path, {buffer}] of specs) {
    const tensor = tensors.get(path)!;
    variables.set(path, tf.variable(tensor, !buffer));
    tensor.dispose(); // the variable holds the same numbers
  }
  return parametersOf(variables, new Set([...specs].filter(([, {buffer}]) => buffer).map(([path]) => path)));
}

function parametersOf(variables: Map<string, tf.Variable>, buffers: ReadonlySet<string>): Parameters {
  const get = (path: string) => {
    const variable = variables.get(path);
    if (!variable) throw new Error(`There is no parameter "${path}". ${nearest(path, [...variables.keys()])}`);
    return variable;
  };
  return {
    get,
    has: (path) => variables.has(path),
    paths: () => [...variables.keys()],
    isBuffer: (path) => buffers.has(path),
    set(path, values) {
      const variable = get(path);
      if (values.constructor === Float32Array ? values.length !== variable.size : (values as tf.Tensor).size !== variable.size) {
        throw new RangeError(`"${path}" has the shape [${variable.shape}]; ${values instanceof tf.Tensor ? `[${values.shape}]` : `${values.length} values`} came`);
      }
      tf.tidy(() => variable.assign(values instanceof tf.Tensor ? values.reshape(variable.shape) : tf.tensor(values, variable.shape)));
    },
    dispose() {
      for (const variable of variables.values()) variable.dispose();
      variables.clear();
    }
  };
}

/** Names the paths that share the longest end with the one asked for, to help whoever mistyped a prefix. */
function nearest(path: string, paths: string[]): string {
  const last = path.slice(path.lastIndexOf(".") + 1);
  const alike = paths.filter((known) => known.endsWith(last)).slice(0, 3);
  return alike.length > 0 ? `Did you mean ${alike.map((known) => `"${known}"`).join(", ")}?` : `There are ${paths.length}, such as "${paths[0]}".`;
}
