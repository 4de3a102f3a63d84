/** Runs in a module worker of the measured browser: the same transformer CLIP in jax-js, jitted, on its WebAssembly backend. */
import {blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad} from "@jax-js/jax";
import type {Array as JaxArray} from "@jax-js/jax";
import {preset} from "../../clip/presets.ts";
import {serveOrders, type Order, type Task} from "./contender.ts";
import {batchOf, training} from "./training.ts";
import {weightsOf} from "./weights.ts";

type Weights = Record<string, JaxArray>;
/** Every use of an array consumes it in jax-js: `w("name")` gives a fresh reference. */
type Lookup = (path: string) => JaxArray;

type State = {weights: Weights; m: Weights; v: Weights};

let state: State;
let images: JaxArray;
let oneHots: JaxArray;
let ends: JaxArray;
let steps = 0;
let model: ReturnType<typeof modelOf>;

function linear(x: JaxArray, w: Lookup, weight: string, bias: string): JaxArray {
  return np.matmul(x, np.transpose(w(weight))).add(w(bias));
}

function layerNorm(x: JaxArray, w: Lookup, path: string): JaxArray {
  return nn.standardize(x, -1, {epsilon: 1e-5}).mul(w(`${path}.weight`)).add(w(`${path}.bias`));
}

function block(x: JaxArray, w: Lookup, path: string, heads: number, isCausal: boolean): JaxArray {
  const [n, tokens, width] = x.shape;
  const qkv = linear(layerNorm(x.ref, w, `${path}.ln_1`), w, `${path}.attn.in_proj_weight`, `${path}.attn.in_proj_bias`);
  const [q, k, v] = np.split(qkv, 3, -1).map((part) => part.reshape([n, tokens, heads, width / heads]));
  const mixed = nn.dotProductAttention(q, k, v, {isCausal}).reshape([n, tokens, width]);
  const y = x.add(linear(mixed, w, `${path}.attn.out_proj.weight`, `${path}.attn.out_proj.bias`));
  const hidden = linear(layerNorm(y.ref, w, `${path}.ln_2`), w, `${path}.mlp.c_fc.weight`, `${path}.mlp.c_fc.bias`);
  const active = hidden.ref.mul(nn.sigmoid(hidden.mul(1.702)));
  return y.add(linear(active, w, `${path}.mlp.c_proj.weight`, `${path}.mlp.c_proj.bias`));
}

function normalized(x: JaxArray): JaxArray {
  return x.ref.div(np.sqrt(np.square(x).sum(-1, {keepdims: true})));
}

function modelOf(name: string) {
  const {image, text, activation} = preset(name);
  if (image.kind !== "vit" || text.kind !== "transformer" || activation !== "quickGelu") throw new Error(`jax-js: only transformers are written for the benchmark, not ${name}`);
  const lookup = (weights: Weights): Lookup => (path) => weights[path].ref;
  const encodeImages = (weights: Weights, patches: JaxArray) => {
    const w = lookup(weights);
    const n = patches.shape[0];
    const embedded = np.matmul(patches, np.transpose(w("visual.conv1.weight").reshape([image.width, -1])));
    const classToken = np.broadcastTo(w("visual.class_embedding"), [n, 1, image.width]);
    let x = layerNorm(np.concatenate([classToken, embedded], 1).add(w("visual.positional_embedding")), w, "visual.ln_pre");
    for (let i = 0; i < image.layers; i++) x = block(x, w, `visual.transformer.resblocks.${i}`, image.heads, false);
    return np.matmul(layerNorm(x.slice([], 0), w, "visual.ln_post"), w("visual.proj"));
  };
  // Ids come as one-hot rows, because the gradient of a gather is not to be had: the product is small beside the rest.
  const encodeTexts = (weights: Weights, oneHots: JaxArray, ends: JaxArray) => {
    const w = lookup(weights);
    let x = np.matmul(oneHots, w("token_embedding.weight")).add(w("positional_embedding"));
    for (let i = 0; i < text.layers; i++) x = block(x, w, `transformer.resblocks.${i}`, text.heads, true);
    const last = x.mul(ends.reshape([...ends.shape, 1])).sum(1);
    return np.matmul(layerNorm(last, w, "ln_final"), w("text_projection"));
  };
  const loss = (weights: Weights, patches: JaxArray, oneHots: JaxArray, ends: JaxArray) => {
    const I_e = normalized(encodeImages(tree.ref(weights), patches));
    const T_e = normalized(encodeTexts(tree.ref(weights), oneHots, ends));
    const logits = np.matmul(I_e, np.transpose(T_e)).mul(np.exp(weights.logit_scale.ref));
    const rows = np.trace(nn.logSoftmax(logits.ref, 1));
    const columns = np.trace(nn.logSoftmax(logits, 0));
    tree.dispose(weights);
    return rows.add(columns).div(-2 * training.batchSize);
  };
  const {betas: [beta1, beta2], epsilon, learningRate, weightDecay} = training;
  const step = jit((given: State, rate: JaxArray, root: JaxArray, patches: JaxArray, oneHots: JaxArray, ends: JaxArray) => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(given.weights), patches, oneHots, ends) as [JaxArray, Weights];
    const next: State = {weights: {}, m: {}, v: {}};
    for (const path of Object.keys(given.weights)) {
      const weight = given.weights[path];
      const decay = weight.shape.length >= 2 ? learningRate * weightDecay : 0;
      const m = given.m[path].mul(beta1).add(gradients[path].ref.mul(1 - beta1));
      const v = given.v[path].mul(beta2).add(np.square(gradients[path]).mul(1 - beta2));
      next.weights[path] = weight.mul(1 - decay).sub(m.ref.div(np.sqrt(v.ref).mul(root.ref).add(epsilon)).mul(rate.ref));
      next.m[path] = m;
      next.v[path] = v;
    }
    rate.dispose();
    root.dispose();
    return [value, next] as [JaxArray, State];
  });
  return {step, images: jit(encodeImages), texts: jit(encodeTexts)};
}

/** Images [n, side, side, 3] as flat patches in the weight's order (channel, row, column): [n, patches, 3 p p]. */
function patchesOf(name: string): JaxArray {
  const {image} = preset(name);
  if (image.kind !== "vit") throw new Error(`jax-js: ${name} has no patches`);
  const p = image.patchPx;
  const grid = image.sizePx / p;
  return np.array(batchOf(name).images).reshape([training.batchSize, grid, p, grid, p, 3]).transpose([0, 1, 3, 5, 2, 4]).reshape([training.batchSize, grid * grid, 3 * p * p]);
}

async function start(name: string): Promise<number[]> {
  await init("wasm");
  defaultDevice("wasm");
  model = modelOf(name);
  const weights = weightsOf(name);
  const tensors = (values: (weight: (typeof weights)[number]) => Float32Array<ArrayBuffer>): Weights =>
    Object.fromEntries(weights.map((weight) => [weight.path, np.array(values(weight)).reshape(weight.shape)]));
  const zeros = () => tensors(({values}) => new Float32Array(values.length));
  state = {weights: tensors(({values}) => Float32Array.from(values)), m: zeros(), v: zeros()};
  const {tokens, contextLength} = batchOf(name);
  const {vocabularySize} = preset(name).text;
  const rows = new Float32Array(tokens.length * vocabularySize);
  tokens.forEach((token, i) => (rows[i * vocabularySize + token] = 1));
  images = await blockUntilReady(patchesOf(name));
  oneHots = np.array(rows).reshape([training.batchSize, contextLength, vocabularySize]);
  ends = np.array(Float32Array.from(tokens, (token) => Number(token === vocabularySize - 1))).reshape([training.batchSize, contextLength]);
  const losses = [];
  for (let i = 0; i < 3; i++) losses.push((await step())[0]);
  return losses;
}

async function step(): Promise<ArrayLike<number>> {
  steps++;
  const {betas: [beta1, beta2], learningRate} = training;
  const [value, next] = model.step(state, np.array(learningRate / (1 - beta1 ** steps)), np.array(1 / Math.sqrt(1 - beta2 ** steps)), images.ref, oneHots.ref, ends.ref) as [JaxArray, State];
  state = next;
  await blockUntilReady(state);
  return value.data() as Promise<ArrayLike<number>>;
}

async function run(task: Task): Promise<unknown> {
  if (task === "train") return step();
  const weights = tree.ref(state.weights);
  return (task === "images" ? model.images(weights, images.ref) : model.texts(weights, oneHots.ref, ends.ref)).data();
}

async function handle(order: Order): Promise<unknown> {
  if ("start" in order) return start(order.start);
  if (!("task" in order)) throw new Error("jax-js: only steps and encoding are measured");
  const times: number[] = [];
  for (let i = 0; i < order.repeats; i++) {
    const before = performance.now();
    await run(order.task);
    times.push(performance.now() - before);
  }
  return times;
}

serveOrders(handle);
