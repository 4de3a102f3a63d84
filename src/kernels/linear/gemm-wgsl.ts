/** The matrix product in WGSL, in all transpositions, with what precedes and follows it. Not an operation: linear, convolution and loss use it. */
import type * as tf from "../../tensor/tf.ts";
import type {Part, WebgpuBackend} from "../../tensor/webgpu-backend.ts";
import type {Activation} from "../activation/reference.ts";
import {runShader, wide} from "../wgsl/program.ts";

type Operand = tf.TensorInfo | Part;

export interface Gemm {
  m: number;
  n: number;
  k: number;
  /** [m, k], or [k, m] with aAcross; [k, n], or [n, k] with bAcross; c [m, n]. */
  a: Operand;
  b: Operand;
  c: Operand;
  aAcross?: boolean;
  bAcross?: boolean;
  /** [m]: gets the sums of a over k. */
  sums?: Operand;
  /** [n], then three of c's shape: multiplied by, added, and written (the activation's derivative). */
  bias?: Operand;
  factor?: Operand;
  residual?: Operand;
  slope?: Operand;
  activation?: Activation;
  /** Products side by side: how many, and floats from one matrix to the next (0 where all share one). */
  batches?: {count: number; aStep: number; bStep: number};
}

/** 8 x 8 threads, each with rows x columns of the result; a tile is eight times as large. */
interface Tile {
  rows: 4 | 8;
  columns: 4 | 8;
}

const threads = 64;
/** How far a tile reaches along k. */
const depth = 16;

/** Appends c = epilogue(a b) to the commands. */
export function gemm(backend: WebgpuBackend, {m, n, k, a, b, c, aAcross = false, bAcross = false, sums, bias, factor, residual, slope, activation = "none", batches}: Gemm): void {
  const {rows, columns} = tileOf(backend, m, n, batches?.count ?? 1);
  const [aVectors, bVectors, cVectors] = [wide(aAcross ? m : k), wide(bAcross ? k : n), wide(n)]; // and so every matrix of a batch begins at one
  const flag = (name: string, on: unknown) => (on ? ` ${name}` : "");
  const name = `gemm ${rows}x${columns}${flag("aT", aAcross)}${flag("bT", bAcross)}${flag("a4", aVectors)}${flag("b4", bVectors)}${flag("c4", cVectors)}${flag("sums", sums)}${flag("bias", bias)}${flag("factor", factor)}${flag("residual", residual)}${flag("slope", slope)}${flag(activation, activation !== "none")}${flag("batches", batches)}`;
  runShader(backend, {
    name, threads,
    reads: {a, b, ...(bias && {bias}), ...(factor && {factor}), ...(residual && {residual})},
    writes: {c, ...(slope && {slope}), ...(sums && {sums})},
    vectors: [...(aVectors ? ["a"] : []), ...(bVectors ? ["b"] : []), ...(cVectors ? ["c", "bias", "factor", "residual", "slope"] : [])],
    integers: {m, n, k, ...(batches && {aStep: batches.aStep, bStep: batches.bStep})},
    groups: [Math.ceil(n / (8 * columns)), Math.ceil(m / (8 * rows)), batches?.count ?? 1],
    head: () => headOf({rows, columns, aAcross, bAcross, aVectors, bVectors, cVectors, activation, has: {bias, factor, residual, slope, batches}}),
    body: () => bodyOf({rows, columns}, {aAcross, bAcross, sums: Boolean(sums), batches: Boolean(batches)})
  });
}

/** Large tiles read less; small ones keep more of the adapter busy. Chosen by how many workgroups it takes to fill one of its kind. */
function tileOf({adapterInfo: {vendor}}: WebgpuBackend, m: number, n: number, count: number): Tile {
  const wanted = /nvidia|amd/i.test(vendor) ? 128 : /intel|apple|qualcomm|arm|img/i.test(vendor) ? 32 : 4;
  const groups = (rows: number, columns: number) => Math.ceil(m / (8 * rows)) * Math.ceil(n / (8 * columns)) * count;
  const tiles: Tile[] = [{rows: 8, columns: 8}, {rows: 8, columns: 4}];
  return tiles.find(({rows, columns}) => m > 4 * rows && n > 4 * columns && groups(rows, columns) >= wanted) ?? {rows: 4, columns: 4};
}

interface Choices extends Tile {
  aAcross: boolean;
  bAcross: boolean;
  aVectors: boolean;
  bVectors: boolean;
  cVectors: boolean;
  activation: Activation;
  has: Record<"bias" | "factor" | "residual" | "slope" | "batches", unknown>;
}

function headOf({rows, columns, aAcross, bAcross, aVectors, bVectors, cVectors, activation, has}: Choices): string {
  const base = has.batches ? " + base" : "";
  const reader = (name: string, vectors: boolean) => vectors
    ? `  if (row >= height || column >= width) { return vec4<f32>(); }
  return ${name}[(row * width + column${base}) / 4];`
    : `  var value = vec4<f32>();
  if (row >= height) { return value; }
  for (var i = 0; i < min(4, width - column); i++) { value[i] = ${name}[row * width + column + i${base}]; }
  return value;`;
  const baseOf = (name: string) => (has.batches ? `  let base = i32(batch) * uniforms.${name}Step;\n` : "");
  const batchArgument = has.batches ? ", batch : u32" : "";
  return `
// Tiles lie k first, so that a thread reads its four rows or columns as one vector.
var<workgroup> tileA : array<array<vec4<f32>, ${rows * 2}>, ${depth}>;
var<workgroup> tileB : array<array<vec4<f32>, ${columns * 2}>, ${depth}>;
fn readA(row : i32, column : i32${batchArgument}) -> vec4<f32> {
  let height = ${aAcross ? "uniforms.k" : "uniforms.m"};
  let width = ${aAcross ? "uniforms.m" : "uniforms.k"};
${baseOf("a")}${reader("a", aVectors)}
}
fn readB(row : i32, column : i32${batchArgument}) -> vec4<f32> {
  let height = ${bAcross ? "uniforms.n" : "uniforms.k"};
  let width = ${bAcross ? "uniforms.k" : "uniforms.n"};
${baseOf("b")}${reader("b", bVectors)}
}
${activation === "gelu" ? normalDistribution : ""}
fn finish(row : i32, column : i32, product : vec4<f32>${batchArgument}) {
  if (row >= uniforms.m || column >= uniforms.n) { return; }
  let start = row * uniforms.n + column${has.batches ? " + i32(batch) * uniforms.m * uniforms.n" : ""};
${cVectors ? finishLines("start / 4", "column / 4", "vec4<f32>", "product", activation, has) : `  for (var i = 0; i < min(4, uniforms.n - column); i++) {
${finishLines("start + i", "column + i", "f32", "product[i]", activation, has)}
  }`}
}`;
}

/** Factor, bias, activation with its slope, residual, on a number or on four. */
function finishLines(at: string, biasAt: string, type: string, product: string, activation: Activation, has: Choices["has"]): string {
  const lines = [`  let at = ${at};`, `  var y : ${type} = ${product};`];
  if (has.factor) lines.push("  y *= factor[at];");
  if (has.bias) lines.push(`  y += bias[${biasAt}];`);
  if (activation === "gelu") {
    lines.push(type === "f32" ? "  let share = normalDistribution(vec4<f32>(y)).x;" : "  let share = normalDistribution(y);");
    if (has.slope) lines.push("  slope[at] = share + y * 0.3989422804 * exp(-0.5 * y * y);");
    lines.push("  y = y * share;");
  } else if (activation === "quickGelu") {
    lines.push("  let share = 1.0 / (1.0 + exp(-1.702 * y));");
    if (has.slope) lines.push("  slope[at] = share * (1.0 + 1.702 * y * (1.0 - share));");
    lines.push("  y = y * share;");
  } else if (activation === "relu" || activation === "relu6") {
    const zero = `${type}()`;
    if (has.slope) lines.push(`  slope[at] = select(${zero}, ${type}(1.0), y > ${zero})${activation === "relu6" ? ` * select(${zero}, ${type}(1.0), y <= ${type}(6.0))` : ""};`);
    lines.push(activation === "relu" ? `  y = max(y, ${zero});` : `  y = clamp(y, ${zero}, ${type}(6.0));`);
  }
  if (has.residual) lines.push("  y += residual[at];");
  lines.push("  c[at] = y;");
  return lines.join("\n");
}

/** Abramowitz and Stegun 7.1.26, to 1e-7 absolute. */
const normalDistribution = `
fn normalDistribution(x : vec4<f32>) -> vec4<f32> {
  let t = 1.0 / (1.0 + 0.3275911 * 0.70710678 * abs(x));
  let series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  let tail = 0.5 * series * exp(-0.5 * x * x);
  return select(1.0 - tail, tail, x < vec4<f32>());
}`;

function bodyOf({rows, columns}: Tile, {aAcross, bAcross, sums, batches}: {aAcross: boolean; bAcross: boolean; sums: boolean; batches: boolean}): string {
  const count = (n: number) => [...Array(n).keys()];
  const batch = batches ? ", place.z" : "";
  const load = (name: string, across: boolean, blocks: number) => `
    for (var i = thread; i < ${blocks * (depth / 4)}; i += ${threads}) {
      let outer = ${across ? `i % ${blocks}` : `i / ${depth / 4}`};
      let inner = ${across ? `i / ${blocks}` : `i % ${depth / 4}`};
      let first = ${name === "A" ? "firstRow" : "firstColumn"} + 4 * outer;
      let deep = begin + 4 * inner;
${across
    ? count(4).map((j) => `      tile${name}[4 * inner + ${j}][outer] = read${name}(deep + ${j}, first${batch});`).join("\n")
    : `      let block = transpose(mat4x4<f32>(${count(4).map((j) => `read${name}(first + ${j}, deep${batch})`).join(", ")}));
${count(4).map((j) => `      tile${name}[4 * inner + ${j}][outer] = block[${j}];`).join("\n")}`}
    }`;
  return `
  let firstRow = i32(place.y) * ${8 * rows};
  let firstColumn = i32(place.x) * ${8 * columns};
  let down = thread / 8;
  let across = thread % 8;
${count(rows).flatMap((i) => count(columns / 4).map((j) => `  var c${i}_${j} = vec4<f32>();`)).join("\n")}
${sums ? count(rows / 4).map((i) => `  var sum${i} = vec4<f32>();`).join("\n") : ""}
  for (var begin = 0; begin < uniforms.k; begin += ${depth}) {
${load("A", aAcross, rows * 2)}
${load("B", !bAcross, columns * 2)}
    workgroupBarrier();
    for (var deep = 0; deep < ${depth}; deep++) {
${count(rows / 4).map((i) => `      let a${i} = tileA[deep][down + ${8 * i}];`).join("\n")}
${count(columns / 4).map((j) => `      let b${j} = tileB[deep][across + ${8 * j}];`).join("\n")}
${count(rows).flatMap((i) => count(columns / 4).map((j) => `      c${i}_${j} += a${i >> 2}[${i & 3}] * b${j};`)).join("\n")}
${sums ? count(rows / 4).map((i) => `      sum${i} += a${i};`).join("\n") : ""}
    }
    workgroupBarrier();
  }
${count(rows).flatMap((i) => count(columns / 4).map((j) => `  finish(firstRow + 4 * (down + ${8 * (i >> 2)}) + ${i & 3}, firstColumn + 4 * (across + ${8 * j}), c${i}_${j}${batch});`)).join("\n")}
${sums ? `  if (across == 0 && place.x == 0u) {
${count(rows).map((i) => `    if (firstRow + 4 * (down + ${8 * (i >> 2)}) + ${i & 3} < uniforms.m) { sums[firstRow + 4 * (down + ${8 * (i >> 2)}) + ${i & 3}] = sum${i >> 2}[${i & 3}]; }`).join("\n")}
  }` : ""}`;
}
