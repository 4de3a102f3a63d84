/**
 * The views of the joint map: the same points as UMAP, as UMAP drawn by pairs, as principal components, or along the gap.
 * Says where points go and what the view hides; drawing is the widgets' business, and time the worker's.
 */
import {seededRandom, type Random} from "../tensor/random.ts";
import {countRows, normalisedRows} from "../tensor/rows.ts";
import {fuzzyGraph} from "./fuzzy-graph.ts";
import {gapAxis} from "./measures.ts";
import {checkKinds, crossingShare, nearestNeighbours, pairingNeighbours, type NeighbourTable} from "./neighbours.ts";
import {principalComponents, project} from "./pca.ts";
import {trustworthiness} from "./trustworthiness.ts";
import {createLayout} from "./umap.ts";

export type View = "umap" | "pairing" | "pca" | "gap";

export interface LayoutRequest {
  /** [count, width] embeddings; compared by cosine. */
  points: Float32Array;
  width: number;
  /** 0 for an image, 1 for a caption; "pairing" and "gap" need it. */
  kinds?: Uint8Array;
  view?: View;
  /** Number of neighbours of UMAP, the point itself counted, as everywhere. */
  neighbours?: number;
  seed?: number;
  /** Where the points were a moment ago: UMAP then starts there and only settles, so that the map does not jump. */
  warm?: {x: ArrayLike<number>; y: ArrayLike<number>};
  /** UMAP's epochs: 300 from the start, 30 when warm. */
  epochs?: number;
  /** Whether the last frame says how far the map can be trusted; takes about as long as finding the neighbours. */
  measure?: boolean;
}

export interface LayoutFrame {
  x: Float32Array;
  y: Float32Array;
  epoch: number;
  epochs: number;
  /** The view that was drawn: "pca" where there were too few points for the one asked for. */
  view: View;
  /** Why another view was drawn than the one asked for. */
  note?: string;
  /** In the last frame: 1 when neighbours on the map are neighbours in the space. See trustworthiness.ts. */
  trustworthiness?: number;
  /** In the last frame: share of the nearest-neighbour edges that cross from images to captions. */
  crossingShare?: number;
}

const defaultNeighbours = 15;
const pairingEach = 7;
/** Points looked at for the last frame's trustworthiness: drawn by seed, it is then right to about 0.01. */
const measured = 500;

/** Lays the points out, a frame an epoch (a single one for the views that need no settling). */
export function* layoutFrames(request: LayoutRequest): Generator<LayoutFrame> {
  const {points, width, kinds, view = "umap", seed = 1} = request;
  const count = countRows(points, width, "points");
  if (count === 0) throw new RangeError("points: expected at least one row, got none");
  if (kinds) checkKinds(kinds, count);
  if ((view === "pairing" || view === "gap") && !kinds) throw new RangeError(`kinds: the ${view} view needs to know which points are images and which captions`);
  const note = view === "umap" || view === "pairing" ? tooFew(request, count) : undefined;
  const random = seededRandom(seed).fork("layout");
  if (view === "gap") yield finish(request, frameOf(gapView(points, width, kinds!), 1, 1, "gap"), random);
  else if (view === "pca" || note) yield finish(request, {...frameOf(pcaView(points, width), 1, 1, "pca"), note}, random);
  else yield* umapFrames(request, count, view, random);
}

/** The last frame at once, for who does not watch. */
export function layout(request: LayoutRequest): LayoutFrame {
  let last: LayoutFrame | undefined;
  for (const frame of layoutFrames(request)) last = frame;
  return last!;
}

function* umapFrames(request: LayoutRequest, count: number, view: "umap" | "pairing", random: Random): Generator<LayoutFrame> {
  const {points, width, kinds, neighbours = defaultNeighbours, warm, epochs = warm ? 30 : 300} = request;
  const table =
    view === "umap" ? nearestNeighbours({points, width, k: neighbours - 1}) : pairingNeighbours({points, width, kinds: kinds!, k: pairingEach});
  const start = warm ? warmStart(warm, count) : coldStart(points, width, random);
  const settling = createLayout({graph: fuzzyGraph(table), start, epochs, learningRate: warm ? 0.1 : 1, random});
  do {
    settling.step();
    const frame = frameOf(settling.positions, settling.epoch, epochs, view);
    yield settling.epoch < epochs ? frame : finish(request, frame, random, view === "umap" ? table : undefined);
  } while (settling.epoch < epochs);
}

/** A sentence where UMAP cannot find as many neighbours as it asks for. */
function tooFew({kinds, view, neighbours = defaultNeighbours}: LayoutRequest, count: number): string | undefined {
  if (view === "pairing") {
    const captions = kinds!.reduce((sum, kind) => sum + kind, 0);
    const least = Math.min(captions, count - captions);
    if (least > pairingEach) return undefined;
    return `The pairing view needs more than ${pairingEach} images and ${pairingEach} captions, and there are ${count - captions} and ${captions}: this is PCA.`;
  }
  if (count > neighbours) return undefined;
  return `UMAP looks at ${neighbours} neighbours a point, and there are only ${count} points: this is PCA.`;
}

function warmStart({x, y}: {x: ArrayLike<number>; y: ArrayLike<number>}, count: number): Float64Array {
  if (x.length !== count || y.length !== count) throw new RangeError(`warm: expected an x and a y for each of ${count} points, got ${x.length} and ${y.length}`);
  return Float64Array.from({length: 2 * count}, (_, n) => (n % 2 === 0 ? x : y)[n >> 1]);
}

/** Principal components, at the size at which UMAP's forces work; the noise parts points that coincide. */
function coldStart(points: Float32Array, width: number, random: Random): Float64Array {
  const positions = pcaView(points, width);
  let farthest = 0;
  for (const value of positions) farthest = Math.max(farthest, Math.abs(value));
  return positions.map((value) => (farthest > 0 ? (10 * value) / farthest : 0) + 1e-4 * random.normal());
}

/** [count, 2]; a second coordinate of 0 where the points lie on a line. */
function pcaView(points: Float32Array, width: number): Float64Array {
  const {values} = normalisedRows(points, width, "points");
  const components = principalComponents(values, width, 2);
  const flat = project(values, components);
  const found = components.components.length / width;
  return Float64Array.from({length: (2 * points.length) / width}, (_, n) => (n % 2 < found ? flat[(n >> 1) * found + (n % 2)] : 0));
}

/** x along the line from the mean caption (left) to the mean image, y along the widest direction across it. */
function gapView(points: Float32Array, width: number, kinds: Uint8Array): Float64Array {
  const {values} = normalisedRows(points, width, "points");
  const ofKind = (kind: number) => {
    const rows = [...kinds.keys()].filter((i) => kinds[i] === kind);
    if (rows.length === 0) throw new RangeError(`kinds: the gap view needs images and captions, and no point is ${kind === 0 ? "an image" : "a caption"}`);
    const out = new Float32Array(rows.length * width);
    rows.forEach((i, r) => out.set(values.subarray(i * width, (i + 1) * width), r * width));
    return out;
  };
  const axis = gapAxis(ofKind(0), ofKind(1), width);
  const length = Math.hypot(...axis) || 1;
  const across = values.slice();
  const positions = new Float64Array(2 * kinds.length);
  for (let i = 0; i < kinds.length; i++) {
    let along = 0;
    for (let k = 0; k < width; k++) along += (values[i * width + k] * axis[k]) / length;
    for (let k = 0; k < width; k++) across[i * width + k] -= (along * axis[k]) / length;
    positions[2 * i] = along;
  }
  const second = project(across, principalComponents(across, width, 1));
  for (let i = 0; i < kinds.length; i++) positions[2 * i + 1] = second[i];
  return positions;
}

function frameOf(positions: Float64Array, epoch: number, epochs: number, view: View): LayoutFrame {
  const count = positions.length / 2;
  const x = new Float32Array(count);
  const y = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    x[i] = positions[2 * i];
    y[i] = positions[2 * i + 1];
  }
  return {x, y, epoch, epochs, view};
}

/** Adds to the last frame what can be said about it. */
function finish({points, width, kinds, measure = true}: LayoutRequest, frame: LayoutFrame, random: Random, table?: NeighbourTable): LayoutFrame {
  const count = frame.x.length;
  if (!measure || count < 4) return frame;
  const k = Math.min(defaultNeighbours, Math.ceil(count / 2) - 1);
  const positions = Float64Array.from({length: 2 * count}, (_, n) => (n % 2 === 0 ? frame.x : frame.y)[n >> 1]);
  const sample = count > measured ? Int32Array.from(random.shuffle([...frame.x.keys()]).slice(0, measured)) : undefined;
  const trusted = {...frame, trustworthiness: trustworthiness({points, width, positions, k, sample})};
  if (!kinds) return trusted;
  return {...trusted, crossingShare: crossingShare(table ?? nearestNeighbours({points, width, k: Math.min(defaultNeighbours, count) - 1}), kinds)};
}
