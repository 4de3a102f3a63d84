/** Maps of a joint space against umap-js alone and umap-learn: processor time, trustworthiness, and how far a warm update moves points. */
import {spawnSync} from "node:child_process";
import {mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {UMAP} from "umap-js";
import {layout, type LayoutFrame} from "../../explore/layout.ts";
import {trustworthiness} from "../../explore/trustworthiness.ts";
import {seededRandom} from "../../tensor/random.ts";
import type {Row} from "./rows.ts";

const pairs = 3000;
const width = 64;
const clusters = 6;

/** Rows for 3,000 pictures and 3,000 captions: umap-learn's are left out where Python has none. Times are of the processor, so that other work moves them little. */
export function measureMaps(python: string): Row[] {
  const points = jointSpace();
  const [frame, seconds] = timed(() => layout({points, width, seed: 1, measure: false}));
  const [theirs, theirSeconds] = timed(() => new UMAP({random: seededRandom(1)}).fit(unitRows(points)).flat());
  const trusted = (positions: ArrayLike<number>) => trustworthiness({points, width, positions});
  const ours = trusted(interleaved(frame));
  const [time, trust] = ["map of 3000 + 3000", "trustworthiness, k = 15"];
  const rows = [row(time, "s of processor", seconds, "umap-js", theirSeconds), row(trust, "share", ours, "umap-js", trusted(theirs))];
  const learnt = umapLearn(python, points);
  if (learnt) rows.push(row(time, "s of processor", seconds, "umap-learn", learnt.seconds), row(trust, "share", ours, "umap-learn", trusted(learnt.positions)));
  const random = seededRandom("moved");
  const scale = Math.sqrt(points.reduce((sum, x) => sum + x * x, 0) / points.length);
  const moved = layout({points: points.map((x) => x + 0.03 * scale * random.normal()), width, seed: 1, warm: frame, measure: false});
  rows.push(row("warm update, points move", "of the spread", displacement(frame, moved), "allowed", 0.1));
  return rows;
}

const row = (what: string, unit: string, ours: number, peer: string, theirs: number): Row => ({what, backend: "wasm", unit, ours, peer, theirs, ratio: ours / theirs});

/** Six groups of pairs, pictures and captions a gap apart: [2 * pairs, width]. */
function jointSpace(): Float32Array {
  const random = seededRandom(1);
  const normals = (length: number) => Float32Array.from({length}, () => random.normal());
  const centres = normals(clusters * width);
  const axis = normals(width);
  const points = new Float32Array(2 * pairs * width);
  for (let i = 0; i < pairs; i++) {
    const own = normals(width);
    for (const kind of [0, 1]) {
      for (let k = 0; k < width; k++) points[(kind * pairs + i) * width + k] = centres[(i % clusters) * width + k] + 0.6 * own[k] + 0.5 * random.normal() + (1 - 2 * kind) * axis[k];
    }
  }
  return points;
}

function timed<T>(work: () => T): [T, number] {
  const before = process.cpuUsage();
  const result = work();
  const {user, system} = process.cpuUsage(before);
  return [result, (user + system) / 1e6];
}

/** The rows at length 1, as lists: umap-js then compares by cosine. */
function unitRows(points: Float32Array): number[][] {
  return Array.from({length: points.length / width}, (_, i) => {
    const row = points.subarray(i * width, (i + 1) * width);
    const length = Math.hypot(...row);
    return Array.from(row, (x) => x / length);
  });
}

const interleaved = ({x, y}: LayoutFrame) => Float64Array.from({length: 2 * x.length}, (_, n) => (n % 2 === 0 ? x : y)[n >> 1]);

/** Mean displacement of the points over the mean distance from the map's middle. */
function displacement(before: LayoutFrame, after: LayoutFrame): number {
  const mean = (values: Float32Array) => values.reduce((sum, x) => sum + x, 0) / values.length;
  const [mx, my] = [mean(before.x), mean(before.y)];
  let [moved, spread] = [0, 0];
  for (let i = 0; i < before.x.length; i++) {
    moved += Math.hypot(after.x[i] - before.x[i], after.y[i] - before.y[i]);
    spread += Math.hypot(before.x[i] - mx, before.y[i] - my);
  }
  return moved / spread;
}

/** Compiles on a few points first, then maps them all; the positions come back over standard output. */
const program = `
import base64, sys, time
import numpy as np, umap
x = np.fromfile(sys.argv[1], dtype=np.float32).reshape(-1, ${width})
umap.UMAP(metric="cosine").fit_transform(x[:200])
start = time.process_time()
y = umap.UMAP(metric="cosine", random_state=1).fit_transform(x)
print(time.process_time() - start, base64.b64encode(y.astype(np.float32).tobytes()).decode())`;

function umapLearn(python: string, points: Float32Array): {seconds: number; positions: Float32Array} | undefined {
  const folder = mkdtempSync(join(tmpdir(), "diagonal-maps-"));
  try {
    writeFileSync(join(folder, "points.bin"), Buffer.from(points.buffer));
    const {status, stdout} = spawnSync(python, ["-W", "ignore", "-c", program, join(folder, "points.bin")], {encoding: "utf8", maxBuffer: 2 ** 24});
    if (status !== 0) return undefined;
    const [seconds, positions] = stdout.trim().split(" ");
    return {seconds: Number(seconds), positions: new Float32Array(Uint8Array.from(Buffer.from(positions, "base64")).buffer)};
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}
