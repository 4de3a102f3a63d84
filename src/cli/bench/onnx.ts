/** Writes a CLIP's two towers as ONNX (opset 17), for the peer that runs such files. As little of the format as that takes. Source: onnx/onnx.proto. */
import type {ClipConfig} from "../../clip/config.ts";
import {resNet} from "./onnx-resnet.ts";

/** A part of a protobuf message: bytes, or parts one behind the other. */
type Part = Uint8Array | Part[];

const sizeOf = (part: Part): number => (Array.isArray(part) ? part.reduce((sum, one) => sum + sizeOf(one), 0) : part.length);
const varint = (value: number): Uint8Array => {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Uint8Array.from([...bytes, value]);
};
const whole = (field: number, value: number): Part => [varint(field << 3), varint(value)];
const real = (field: number, value: number): Part => [varint((field << 3) | 5), new Uint8Array(Float32Array.of(value).buffer)];
const inside = (field: number, part: Part): Part => [varint((field << 3) | 2), varint(sizeOf(part)), part];
const text = (field: number, value: string): Part => inside(field, new TextEncoder().encode(value));

function* flat(part: Part): Generator<Uint8Array> {
  if (Array.isArray(part)) for (const one of part) yield* flat(one);
  else yield part;
}

const [float, int64] = [1, 7];
type Numbers = Float32Array | BigInt64Array;

/** A graph that grows node by node; values go by name. */
class Graph {
  private readonly nodes: Part[] = [];
  private readonly initializers: Part[] = [];
  private count = 0;

  /** A constant; its name. */
  constant(values: Numbers, dims: number[]): string {
    const name = `c${this.count++}`;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.initializers.push(inside(5, [...dims.map((dim) => whole(1, dim)), whole(2, values instanceof Float32Array ? float : int64), text(8, name), inside(9, bytes)]));
    return name;
  }

  shape(dims: number[]): string {
    return this.constant(BigInt64Array.from(dims, BigInt), [dims.length]);
  }

  /** A node's outputs. Attributes are whole numbers, lists of them, or real numbers given as {real}. */
  node(type: string, inputs: string[], attributes: Record<string, number | number[] | {real: number}> = {}, outputs = 1): string[] {
    const names = Array.from({length: outputs}, () => `v${this.count++}`);
    const written = Object.entries(attributes).map(([name, value]) =>
      inside(5, [text(1, name), ...(typeof value === "number" ? [whole(3, value), whole(20, 2)] : Array.isArray(value) ? [...value.map((one) => whole(8, one)), whole(20, 7)] : [real(2, value.real), whole(20, 1)])])
    );
    this.nodes.push(inside(1, [...inputs.map((name) => text(1, name)), ...names.map((name) => text(2, name)), text(4, type), ...written]));
    return names;
  }

  /** The model, from one input to one output. */
  *bytes(input: {name: string; type: number; dims: number[]}, output: {name: string; dims: number[]}): Generator<Uint8Array> {
    const value = (field: number, name: string, type: number, dims: number[]) => inside(field, [text(1, name), inside(2, inside(1, [whole(1, type), inside(2, dims.map((dim) => inside(1, whole(1, dim))))]))]);
    const graph = [...this.nodes, text(2, "tower"), ...this.initializers, value(11, input.name, input.type, input.dims), value(12, output.name, float, output.dims)];
    yield* flat([whole(1, 8), inside(8, [text(1, ""), whole(2, 17)]), inside(7, graph)]);
  }
}

/** A tower's weights by open_clip's names, with their shapes. */
export type WeightOf = (path: string) => {values: Float32Array; shape: readonly number[]};

export class Tower extends Graph {
  constructor(
    private readonly weightOf: WeightOf,
    readonly batch: number
  ) {
    super();
  }

  weight(path: string): string {
    const {values, shape} = this.weightOf(path);
    return this.constant(values, [...shape]);
  }

  /** x times a matrix kept as PyTorch keeps it, [out, in], plus a bias. */
  linear(x: string, path: string, bias = path.replace(/weight$/, "bias")): string {
    const {values, shape: [out, inputs]} = this.weightOf(path);
    const turned = new Float32Array(values.length);
    for (let i = 0; i < out; i++) for (let j = 0; j < inputs; j++) turned[j * out + i] = values[i * inputs + j];
    return this.add(this.node("MatMul", [x, this.constant(turned, [inputs, out])])[0], this.weight(bias));
  }

  add = (a: string, b: string) => this.node("Add", [a, b])[0];
  norm = (x: string, path: string) => this.node("LayerNormalization", [x, this.weight(`${path}.weight`), this.weight(`${path}.bias`)], {axis: 2, epsilon: {real: 1e-5}})[0];

  /** [batch, tokens, width] to heads: [batch, heads, tokens, width / heads], or for keys its last two turned. */
  heads(x: string, {tokens, width, heads, turned = false}: {tokens: number; width: number; heads: number; turned?: boolean}): string {
    const split = this.node("Reshape", [x, this.shape([this.batch, tokens, heads, width / heads])])[0];
    return this.node("Transpose", [split], {perm: turned ? [0, 2, 3, 1] : [0, 2, 1, 3]})[0];
  }

  /** Heads of queries, turned keys and values to [batch, tokens, width]. */
  attend(q: string, k: string, v: string, {tokens, width, heads, mask}: {tokens: number; width: number; heads: number; mask?: string}): string {
    const scaled = this.node("Mul", [q, this.constant(Float32Array.of((width / heads) ** -0.5), [])])[0];
    const scores = this.node("MatMul", [scaled, k])[0];
    const shares = this.node("Softmax", [mask ? this.add(scores, mask) : scores], {axis: 3})[0];
    return this.node("Reshape", [this.node("Transpose", [this.node("MatMul", [shares, v])[0]], {perm: [0, 2, 1, 3]})[0], this.shape([this.batch, tokens, width])])[0];
  }

  /** A pre-norm block over [batch, tokens, width]. */
  block(x: string, path: string, {tokens, width, heads, mask}: {tokens: number; width: number; heads: number; mask?: string}): string {
    const qkv = this.linear(this.norm(x, `${path}.ln_1`), `${path}.attn.in_proj_weight`, `${path}.attn.in_proj_bias`);
    const parts = this.node("Split", [qkv, this.shape([width, width, width])], {axis: 2}, 3);
    const [q, k, v] = parts.map((part, i) => this.heads(part, {tokens, width, heads, turned: i === 1}));
    const mixed = this.attend(q, k, v, {tokens, width, heads, mask});
    const y = this.add(x, this.linear(mixed, `${path}.attn.out_proj.weight`));
    const hidden = this.linear(this.norm(y, `${path}.ln_2`), `${path}.mlp.c_fc.weight`);
    const quick = this.node("Mul", [hidden, this.node("Sigmoid", [this.node("Mul", [hidden, this.constant(Float32Array.of(1.702), [])])[0]])[0]])[0];
    return this.add(y, this.linear(quick, `${path}.mlp.c_proj.weight`));
  }
}

/** The image tower: images [batch, 3, sizePx, sizePx] to embeddings [batch, embedDim]. QuickGELU where it is a vision transformer. */
export function imageTowerOnnx({image, embedDim}: ClipConfig, weightOf: WeightOf, batch: number): Generator<Uint8Array> {
  if (image.kind === "resnet") {
    const tower = new Tower(weightOf, batch);
    const embeddings = resNet(tower, image);
    return tower.bytes({name: "images", type: float, dims: [batch, 3, image.sizePx, image.sizePx]}, {name: embeddings, dims: [batch, embedDim]});
  }
  if (image.kind !== "vit") throw new Error("only vision transformers and ResNets are written as ONNX");
  const {sizePx, patchPx, width, layers, heads} = image;
  const grid = sizePx / patchPx;
  const tower = new Tower(weightOf, batch);
  const [conv] = tower.node("Conv", ["images", tower.weight("visual.conv1.weight")], {kernel_shape: [patchPx, patchPx], strides: [patchPx, patchPx]});
  const [patches] = tower.node("Transpose", [tower.node("Reshape", [conv, tower.shape([batch, width, grid * grid])])[0]], {perm: [0, 2, 1]});
  const own = weightOf("visual.class_embedding").values;
  const first = tower.constant(Float32Array.from({length: batch * width}, (_, i) => own[i % width]), [batch, 1, width]);
  const tokens = grid * grid + 1;
  let x = tower.norm(tower.add(tower.node("Concat", [first, patches], {axis: 1})[0], tower.weight("visual.positional_embedding")), "visual.ln_pre");
  for (let i = 0; i < layers; i++) x = tower.block(x, `visual.transformer.resblocks.${i}`, {tokens, width, heads});
  const [classToken] = tower.node("Slice", [x, tower.shape([0]), tower.shape([1]), tower.shape([1])]);
  const [features] = tower.node("Reshape", [tower.norm(classToken, "visual.ln_post"), tower.shape([batch, width])]);
  const [embeddings] = tower.node("MatMul", [features, tower.weight("visual.proj")]);
  return tower.bytes({name: "images", type: float, dims: [batch, 3, sizePx, sizePx]}, {name: embeddings, dims: [batch, embedDim]});
}

/** The text tower: tokens [batch, tokens] int64 to embeddings [batch, embedDim]. */
export function textTowerOnnx({text, embedDim}: ClipConfig, weightOf: WeightOf, batch: number, tokens: number): Generator<Uint8Array> {
  if (text.kind !== "transformer") throw new Error("only transformers are written as ONNX");
  const {width, layers, heads} = text;
  const tower = new Tower(weightOf, batch);
  const mask = new Float32Array(tokens * tokens);
  for (let row = 0; row < tokens; row++) mask.fill(-1e9, row * tokens + row + 1, (row + 1) * tokens);
  const positions = weightOf("positional_embedding").values.subarray(0, tokens * width);
  let x = tower.add(tower.node("Gather", [tower.weight("token_embedding.weight"), "tokens"], {axis: 0})[0], tower.constant(positions, [tokens, width]));
  const shared = tower.constant(mask, [tokens, tokens]);
  for (let i = 0; i < layers; i++) x = tower.block(x, `transformer.resblocks.${i}`, {tokens, width, heads, mask: shared});
  // The end token has the largest id.
  const [end] = tower.node("ArgMax", ["tokens"], {axis: 1, keepdims: 0});
  const starts = tower.constant(BigInt64Array.from({length: batch}, (_, i) => BigInt(i * tokens)), [batch]);
  const [rows] = tower.node("Reshape", [tower.norm(x, "ln_final"), tower.shape([batch * tokens, width])]);
  const [features] = tower.node("Gather", [rows, tower.add(end, starts)], {axis: 0});
  const [embeddings] = tower.node("MatMul", [features, tower.weight("text_projection")]);
  return tower.bytes({name: "tokens", type: int64, dims: [batch, tokens]}, {name: embeddings, dims: [batch, embedDim]});
}
