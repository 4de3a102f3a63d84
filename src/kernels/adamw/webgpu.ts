/**
 * AdamW in WGSL over arenas: the gradients' norm in two dispatches, then one that moves every parameter, moment and average. Numbers
 * that change from step to step lie in a buffer, so that a recorded step can be replayed with new ones.
 */
import type * as tf from "../../tensor/tf.ts";
import {adopt, arenaAlign, createArena, separate, type Arena} from "../../tensor/webgpu-arena.ts";
import {copyPart, flush, partOf, type Part, type WebgpuBackend} from "../../tensor/webgpu-backend.ts";
import {runShader, totalOf} from "../wgsl/program.ts";
import {corrections} from "./reference.ts";

/** A parameter, or a running statistic that is never moved here but must stay in its place. */
export interface ArenaMember {
  parameter: tf.Variable;
  m?: tf.Variable;
  v?: tf.Variable;
  average?: tf.Variable;
}

/** What one member's step is, beside what all share. */
export interface ArenaScale {
  /** Times the learning rate. */
  learningRate: number;
  weightDecay: number;
  /** The parameter is kept within them. */
  bounds?: [number, number];
}

export interface ArenaStep {
  learningRate: number;
  betas: [number, number];
  epsilon: number;
  /** Steps taken, this one included. */
  step: number;
  /** Largest norm of the gradient (Infinity). */
  clip?: number;
  averageDecay?: number;
}

const threads = 256;
const largest = 3.4e38;
const storage = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

export class AdamWArena {
  private readonly arenas: Record<"p" | "m" | "v" | "g", Arena> & {average?: Arena};
  /** Four numbers for each stretch of the arena: factor of the learning rate, weight decay (-1: no gradient), bounds. */
  private readonly table: GPUBuffer;
  private tableKey = "";
  private readonly control: GPUBuffer;
  private readonly status: GPUBuffer;
  private readonly partials: GPUBuffer;
  private readonly groups: number;

  /** Moves all members' variables into arenas. */
  constructor(private readonly backend: WebgpuBackend, private readonly members: readonly ArenaMember[]) {
    const sizes = members.map(({parameter}) => parameter.size);
    const arena = () => createArena(backend, sizes);
    this.arenas = {p: arena(), m: arena(), v: arena(), g: arena(), ...(members.some(({average}) => average) && {average: arena()})};
    const {size} = this.arenas.p;
    this.groups = Math.max(1, Math.min(1024, Math.ceil(size / (8 * threads))));
    const create = (floats: number) => backend.bufferManager.create({size: 4 * floats, usage: storage()});
    [this.table, this.control, this.status, this.partials] = [4 * Math.max(1, size / arenaAlign), 16, 64, this.groups].map(create);
    this.settle();
  }

  /** Puts every variable back in its place, wherever assignments moved it; copies are made in the order of the commands. */
  settle(): void {
    const {p, m, v, average} = this.arenas;
    this.members.forEach((member, i) => {
      adopt(this.backend, member.parameter, p.parts[i]);
      if (member.m) adopt(this.backend, member.m, m.parts[i]);
      if (member.v) adopt(this.backend, member.v, v.parts[i]);
      if (member.average) adopt(this.backend, member.average, average!.parts[i]);
    });
  }

  /** Where each parameter's gradient is wanted, by the parameter's dataId: for `gradientsInto`. */
  places(): Map<object, Part> {
    return new Map(this.members.map(({parameter}, i) => [parameter.dataId, this.arenas.g.parts[i]]));
  }

  /** Copies a gradient to its place unless it was written there. */
  private take(gradient: tf.Tensor, place: Part): void {
    const {buffer, offset, size} = partOf(this.backend, gradient);
    if (buffer !== place.buffer || offset !== place.offset) copyPart(this.backend, {buffer, offset, size: Math.min(size, place.size)}, place);
  }

  /** Says which members have a gradient and how they move; written only where it changed. */
  configure(scales: readonly (ArenaScale | undefined)[]): void {
    const rows = scales.map((scale) => (scale ? [scale.learningRate, scale.weightDecay, ...(scale.bounds ?? [-largest, largest])] : [0, -1, -largest, largest]));
    const key = rows.join(";");
    if (key === this.tableKey) return;
    this.tableKey = key;
    const values = new Float32Array(this.table.size / 4);
    for (let at = 1; at < values.length; at += 4) values[at] = -1;
    rows.forEach((row, i) => {
      const {offset, size} = this.arenas.p.parts[i];
      for (let at = offset / 4; at < (offset + size) / 4; at += arenaAlign) values.set(row, (4 * at) / arenaAlign);
    });
    flush(this.backend);
    this.backend.queue.writeBuffer(this.table, 0, values);
  }

  /** Writes the numbers of the next step; to be called before each, recorded or not. */
  prepare({learningRate, betas, epsilon, step, clip = Infinity, averageDecay = 0}: ArenaStep): void {
    const {rate, root} = corrections({betas, step});
    flush(this.backend);
    this.backend.queue.writeBuffer(this.control, 0, Float32Array.of(learningRate, ...betas, epsilon, rate, root, Math.min(clip, largest), averageDecay, 1 - betas[0], 1 - betas[1]));
  }

  /** Moves everything by the gradients (one a member, or none), as `prepare` and `configure` say. Can be recorded. */
  update(gradients: readonly (tf.Tensor | undefined)[]): void {
    const {backend, arenas: {p, m, v, g, average}, table, control, status, partials, groups} = this;
    gradients.forEach((gradient, i) => gradient && this.take(gradient, g.parts[i]));
    const whole = (buffer: GPUBuffer): Part => ({buffer, offset: 0, size: buffer.size});
    const integers = {count: p.size};
    runShader(backend, {
      name: "adamwSquares", reads: {g: whole(g.buffer), table: whole(table)}, writes: {partials: whole(partials)}, types: {table: "vec4<f32>"}, integers: {...integers, groups}, groups, threads, head: () => totalOf(threads),
      body: () => `
  var sum = 0.0;
  for (var i = group * ${threads} + thread; i < uniforms.count; i += uniforms.groups * ${threads}) {
    if (table[i / ${arenaAlign}].y >= 0.0) { sum += g[i] * g[i]; }
  }
  let all = total(sum, thread);
  if (thread == 0 && group < uniforms.groups) { partials[group] = all; }`
    });
    runShader(backend, {
      name: "adamwNorm", reads: {partials: whole(partials), control: whole(control)}, writes: {status: whole(status)}, integers: {groups}, groups: 1, threads, head: () => totalOf(threads),
      // status: the norm, the factor that clips it, and whether a norm was not finite, which stops all steps until it is reset.
      body: () => `
  var sum = 0.0;
  for (var i = thread; i < uniforms.groups; i += ${threads}) { sum += partials[i]; }
  let norm = sqrt(total(sum, thread));
  if (thread == 0 && group == 0) {
    status[0] = norm;
    status[1] = select(1.0, control[6] / norm, norm > control[6]);
    if ((bitcast<u32>(norm) & 0x7f800000u) == 0x7f800000u) { status[2] = 1.0; }
  }`
    });
    runShader(backend, {
      name: `adamwMove${average ? " average" : ""}`, reads: {g: whole(g.buffer), table: whole(table), control: whole(control), status: whole(status)},
      writes: {p: whole(p.buffer), m: whole(m.buffer), v: whole(v.buffer), ...(average && {average: whole(average.buffer)})}, types: {table: "vec4<f32>"}, integers, groups: Math.ceil(p.size / threads), threads,
      body: () => `
  let i = group * ${threads} + thread;
  if (i >= uniforms.count || status[2] != 0.0) { return; }
  let own = table[i / ${arenaAlign}];
  if (own.y >= 0.0 && own.x != 0.0) {
    let slope = g[i] * status[1];
    let first = m[i] * control[1] + slope * control[8];
    let second = v[i] * control[2] + slope * slope * control[9];
    m[i] = first;
    v[i] = second;
    let rate = control[0] * own.x;
    p[i] = clamp(p[i] * (1.0 - rate * own.y) - rate * control[4] * first / (sqrt(second) * control[5] + control[3]), own.z, own.w);
  }${average ? "\n  average[i] = average[i] * control[7] + p[i] * (1.0 - control[7]);" : ""}`
    });
  }

  /** Where the last step's norm before clipping lies. */
  get norm(): Part {
    return {buffer: this.status, offset: 0, size: 4};
  }

  /** Lets steps move parameters again after a norm that was not finite stopped them. */
  resume(): void {
    flush(this.backend);
    this.backend.queue.writeBuffer(this.status, 8, Float32Array.of(0));
  }

  /** Frees the arenas; variables that live on get buffers of their own. */
  dispose(): void {
    for (const {parameter, m, v, average} of this.members) for (const variable of [parameter, m, v, average]) if (variable && !variable.isDisposed) separate(this.backend, variable);
    flush(this.backend);
    const {p, m, v, g, average} = this.arenas;
    for (const arena of [p, m, v, g, average]) arena?.destroy();
    for (const buffer of [this.table, this.control, this.status, this.partials]) this.backend.bufferManager.destroy(buffer);
  }
}
