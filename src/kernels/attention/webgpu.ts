/**
 * Attention in WGSL: a thread a query, tiles of keys and values in shared memory, and a running softmax, so that no score is
 * stored (Milakov and Gimelshein 2018; Dao et al. 2022). Backward a thread a query for dq, then a thread a key for dk and dv.
 */
import type * as tf from "../../tensor/tf.ts";
import {output, registerShader, runShader, wide, type WebgpuBackend} from "../wgsl/program.ts";
import type {AttentionAttributes} from "./native.ts";

/** Keys (or queries, for dk and dv) of a tile. */
const tile = 8;

export function registerAttentionWebgpu(): void {
  // With `rows`, int32 [n], each example's query is that one token of q alone.
  for (const name of ["DiagonalAttention", "DiagonalAttentionAt"]) registerShader(name, (backend, {q, k, v, rows}, {heads, causal, keepLogSums}: AttentionAttributes) => {
    const call = describe({q, k, v, rows}, heads, causal);
    const y = output(backend, [call.n, call.tq, call.width]);
    const logSums = keepLogSums ? output(backend, [call.n, heads, call.tq]) : undefined;
    run(backend, `attention${logSums ? " logSums" : ""}`, call, call.tq, {}, {y, ...(logSums && {logSums})}, () => forward(call, Boolean(logSums)));
    return logSums ? [y, logSums] : [y];
  });

  registerShader("DiagonalAttentionGradient", (backend, {q, k, v, rows, y, logSums, dy}, {heads, causal}: AttentionAttributes) => {
    const call = describe({q, k, v, rows}, heads, causal);
    const gradients = call.packed ? [output(backend, q.shape)] : [q, k!, v!].map(({shape}) => output(backend, shape));
    const [dq, dk = dq, dv = dq] = gradients;
    const pulls = output(backend, logSums.shape);
    run(backend, "attentionQueries", call, call.tq, {y, dy, logSums}, {dq, pulls}, () => queries(call));
    run(backend, "attentionKeys", call, call.tk, {dy, logSums, pulls}, call.packed ? {dq} : {dk, dv}, () => keys(call));
    backend.disposeData(pulls.dataId);
    return gradients;
  });
}

interface Call {
  n: number;
  heads: number;
  tq: number;
  tk: number;
  width: number;
  /** Width of a head, and vectors of four in it. */
  d: number;
  vectors: number;
  packed: boolean;
  causal: boolean;
  /** Whether each example has one query, the token that `rows` says. */
  single: boolean;
  reads: Record<string, tf.TensorInfo>;
}

function describe({q, k, v, rows}: Record<string, tf.TensorInfo | undefined>, heads: number, causal: boolean): Call {
  const [n, tokens, across] = q!.shape;
  const width = k ? across : across / 3;
  const d = width / heads;
  const reads = {q: q!, ...(k && {k, v: v!}), ...(rows && {rows})};
  return {n, heads, tq: rows ? 1 : tokens, tk: k ? k.shape[1] : tokens, width, d, vectors: Math.ceil(d / 4), packed: !k, causal, single: rows !== undefined, reads};
}

/** Runs code for `count` queries or keys, a thread each. */
function run(backend: WebgpuBackend, name: string, call: Call, count: number, reads: Record<string, tf.TensorInfo>, writes: Record<string, tf.TensorInfo>, body: () => string): void {
  const {n, heads, tq, tk, width, d, vectors, packed, causal, single} = call;
  const threads = threadsFor(count);
  runShader(backend, {
    name: `${name} ${d} ${threads}${packed ? " packed" : ""}${causal ? " causal" : ""}${single ? " single" : ""}`, threads,
    reads: {...call.reads, ...reads}, writes,
    vectors: wide(d) ? ["q", "k", "v", "y", "dy", "dq", "dk", "dv"] : [],
    integers: {tq, tk, width, stride: packed ? 3 * width : width}, floats: {scale: d ** -0.5},
    groups: [Math.ceil(count / threads), heads, n],
    head: () => `var<workgroup> tileA : array<vec4<f32>, ${tile * vectors}>;\nvar<workgroup> tileB : array<vec4<f32>, ${tile * vectors}>;\nvar<workgroup> sums : array<vec2<f32>, ${tile}>;`,
    body: () => `  let head = i32(place.y) * ${d};\n  let example = i32(place.z);\n  let unit = example * i32(grid.y) + i32(place.y);\n  let first = i32(place.x) * ${threads};\n  let own = first + thread;\n${single ? "  let position = rows[example];\n" : ""}${body()}`
  });
}

const threadsFor = (count: number) => (count <= 32 ? 32 : 64);
const count = (n: number) => [...Array(n).keys()];
const lines = (n: number, line: (j: number) => string) => count(n).map((j) => `  ${line(j)}`).join("\n");

/** Four numbers of an array from a place on, the j-th four of a head; zeros beyond the head's width. */
function four(name: string, start: string, j: string | number, d: number): string {
  if (wide(d)) return `${name}[(${start}) / 4 + ${j}]`;
  return `vec4<f32>(${count(4).map((i) => `select(0.0, ${name}[(${start}) + min(4 * ${j} + ${i}, ${d - 1})], 4 * ${j} + ${i} < ${d})`).join(", ")})`;
}

/** Writes the j-th four of a head. */
function writeFour(name: string, start: string, j: number, value: string, d: number): string {
  if (wide(d)) return `${name}[(${start}) / 4 + ${j}] = ${value};`;
  return count(Math.min(4, d - 4 * j)).map((i) => `${name}[(${start}) + ${4 * j + i}] = (${value})[${i}];`).join(" ");
}

/** Where a token's head begins in q, k, v (packed or not) and in y. */
const places = ({packed, single}: Call) => ({
  /** A query's token, given its number. */
  token: (row: string) => (single ? "position" : row),
  q: (row: string) => `(example * uniforms.${single ? "tk" : "tq"} + ${row}) * uniforms.stride + head`,
  k: (row: string) => `(example * uniforms.tk + ${row}) * uniforms.stride + head${packed ? " + uniforms.width" : ""}`,
  v: (row: string) => `(example * uniforms.tk + ${row}) * uniforms.stride + head${packed ? " + 2 * uniforms.width" : ""}`,
  y: (row: string) => `(example * uniforms.tq + ${row}) * uniforms.width + head`,
  kName: packed ? "q" : "k",
  vName: packed ? "q" : "v"
});

const dot = (vectors: number, register: string, name: string, r: number) => count(vectors).map((j) => `dot(${register}${j}, ${name}[${r * vectors + j}])`).join(" + ");

/** Fills both tiles with keys and values from token `begin` on, by all threads. */
function loadKeys(call: Call): string {
  const {vectors, d, tq} = call;
  const at = places(call);
  return `    for (var i = thread; i < ${tile * vectors}; i += ${threadsFor(tq)}) {
      let row = min(begin + i / ${vectors}, uniforms.tk - 1);
      tileA[i] = ${four(at.kName, at.k("row"), `(i % ${vectors})`, d)};
      tileB[i] = ${four(at.vName, at.v("row"), `(i % ${vectors})`, d)};
    }
    workgroupBarrier();`;
}

const seenKeys = ({causal, tq, single}: Call) => `  let seen = ${causal && single ? "min(uniforms.tk, position + 1)" : causal ? `min(uniforms.tk, first + ${threadsFor(tq)})` : "uniforms.tk"};`;

function forward(call: Call, keepLogSums: boolean): string {
  const {vectors, d, causal} = call;
  const at = places(call);
  return `  let row = min(own, uniforms.tq - 1);
${lines(vectors, (j) => `let q${j} = ${four("q", at.q(at.token("row")), j, d)} * uniforms.scale;`)}
${lines(vectors, (j) => `var y${j} = vec4<f32>();`)}
  var top = -1e30;
  var sum = 0.0;
${seenKeys(call)}
  for (var begin = 0; begin < seen; begin += ${tile}) {
${loadKeys(call)}
${lines(tile, (r) => `  let s${r} = select(-1e30, ${dot(vectors, "q", "tileA", r)}, begin + ${r} < uniforms.tk${causal ? ` && begin + ${r} <= ${at.token("own")}` : ""});`)}
    let higher = max(top, ${count(tile).reduce((nested, r) => (nested ? `max(${nested}, s${r})` : `s${r}`), "")});
    let shrink = exp(top - higher);
    top = higher;
    sum *= shrink;
${lines(vectors, (j) => `  y${j} *= shrink;`)}
${lines(tile, (r) => `  let p${r} = exp(s${r} - top);`)}
${lines(tile, (r) => `  sum += p${r};`)}
${lines(vectors, (j) => count(tile).map((r) => `  y${j} += p${r} * tileB[${r * vectors + j}];`).join("\n  "))}
    workgroupBarrier();
  }
  if (own < uniforms.tq) {
    let share = 1.0 / sum;
${lines(vectors, (j) => `  ${writeFour("y", at.y("own"), j, `y${j} * share`, d)}`)}
${keepLogSums ? "    logSums[unit * uniforms.tq + own] = top + log(sum);" : ""}
  }`;
}

/** dq, and for each query the product of y and dy, which dk needs too. */
function queries(call: Call): string {
  const {vectors, d, causal} = call;
  const at = places(call);
  return `  let row = min(own, uniforms.tq - 1);
${lines(vectors, (j) => `let q${j} = ${four("q", at.q(at.token("row")), j, d)} * uniforms.scale;`)}
${lines(vectors, (j) => `let dy${j} = ${four("dy", at.y("row"), j, d)};`)}
  let pull = ${count(vectors).map((j) => `dot(dy${j}, ${four("y", at.y("row"), j, d)})`).join(" + ")};
  let logSum = logSums[unit * uniforms.tq + row];
${lines(vectors, (j) => `var dq${j} = vec4<f32>();`)}
${seenKeys(call)}
  for (var begin = 0; begin < seen; begin += ${tile}) {
${loadKeys(call)}
${lines(tile, (r) => `  let p${r} = select(0.0, exp(${dot(vectors, "q", "tileA", r)} - logSum), begin + ${r} < uniforms.tk${causal ? ` && begin + ${r} <= ${at.token("own")}` : ""});`)}
${lines(tile, (r) => `  let ds${r} = p${r} * (${dot(vectors, "dy", "tileB", r)} - pull);`)}
${lines(vectors, (j) => count(tile).map((r) => `  dq${j} += ds${r} * tileA[${r * vectors + j}];`).join("\n  "))}
    workgroupBarrier();
  }
  if (own < uniforms.tq) {
    pulls[unit * uniforms.tq + own] = pull;
${lines(vectors, (j) => `  ${writeFour("dq", at.q(at.token("own")), j, `dq${j} * uniforms.scale`, d)}`)}
  }`;
}

/** dk and dv: tiles hold queries, scaled, and their dy; a causal key is seen by itself and later queries only. */
function keys(call: Call): string {
  const {vectors, d, causal, packed, single, tk} = call;
  const at = places(call);
  return `  let row = min(own, uniforms.tk - 1);
${lines(vectors, (j) => `let k${j} = ${four(at.kName, at.k("row"), j, d)};`)}
${lines(vectors, (j) => `let v${j} = ${four(at.vName, at.v("row"), j, d)};`)}
${lines(vectors, (j) => `var dk${j} = vec4<f32>();`)}
${lines(vectors, (j) => `var dv${j} = vec4<f32>();`)}
  for (var begin = ${causal && !single ? `first / ${tile} * ${tile}` : "0"}; begin < uniforms.tq; begin += ${tile}) {
    for (var i = thread; i < ${tile * vectors}; i += ${threadsFor(tk)}) {
      let query = min(begin + i / ${vectors}, uniforms.tq - 1);
      tileA[i] = ${four("q", at.q(at.token("query")), `(i % ${vectors})`, d)} * uniforms.scale;
      tileB[i] = ${four("dy", at.y("query"), `(i % ${vectors})`, d)};
    }
    if (thread < ${tile}) {
      let query = unit * uniforms.tq + min(begin + thread, uniforms.tq - 1);
      sums[thread] = vec2<f32>(logSums[query], pulls[query]);
    }
    workgroupBarrier();
${lines(tile, (r) => `  let p${r} = select(0.0, exp(${dot(vectors, "k", "tileA", r)} - sums[${r}].x), begin + ${r} < uniforms.tq${causal ? ` && ${at.token(`begin + ${r}`)} >= own` : ""});`)}
${lines(tile, (r) => `  let ds${r} = p${r} * (${dot(vectors, "v", "tileB", r)} - sums[${r}].y);`)}
${lines(vectors, (j) => count(tile).map((r) => `  dv${j} += p${r} * tileB[${r * vectors + j}];\n    dk${j} += ds${r} * tileA[${r * vectors + j}];`).join("\n  "))}
    workgroupBarrier();
  }
  if (own < uniforms.tk) {
${lines(vectors, (j) => `  ${writeFour(packed ? "dq" : "dk", at.k("own"), j, `dk${j}`, d)}`)}
${lines(vectors, (j) => `  ${writeFour(packed ? "dq" : "dv", at.v("own"), j, `dv${j}`, d)}`)}
${single ? `    if (own != position) {
${lines(vectors, (j) => `    ${writeFour("dq", at.q("own"), j, "vec4<f32>()", d)}`)}
    }` : ""}
  }`;
}
