import {UMAP} from "umap-js";
import {describe, expect, it} from "vitest";
import {fuzzyGraph} from "../../src/explore/fuzzy-graph.ts";
import {layout, layoutFrames, type LayoutFrame} from "../../src/explore/layout.ts";
import {nearestNeighbours, pairingNeighbours} from "../../src/explore/neighbours.ts";
import {trustworthiness} from "../../src/explore/trustworthiness.ts";
import {createLayout} from "../../src/explore/umap.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import {jointSpace, unitRows} from "./points.ts";

/** Long steps multiply any difference a thousandfold an epoch; short ones keep two equal runs together. */
const gentle = 0.02;

/** umap-js on our neighbours, with its private parts open. */
interface OpenUmap {
  graph: {getAll(): {row: number; col: number; value: number}[]};
  optimizationState: {head: number[]; tail: number[]; a: number; b: number; epochsPerSample: number[]};
  prepareForOptimizationLoop(): void;
}

function umapJs(table: ReturnType<typeof nearestNeighbours>, rows: number[][], random: () => number, nEpochs: number) {
  const {indices, distances, count, k} = table;
  const withSelf = (values: ArrayLike<number>, self: (i: number) => number) => Array.from({length: count}, (_, i) => [self(i), ...Array.from(values).slice(i * k, (i + 1) * k)]);
  const umap = new UMAP({nNeighbors: k + 1, random, nEpochs, learningRate: gentle});
  umap.setPrecomputedKNN(withSelf(indices, (i) => i), withSelf(distances, () => 0));
  umap.initializeFit(rows);
  return umap;
}

const xy = ({x, y}: LayoutFrame) => Float64Array.from({length: 2 * x.length}, (_, n) => (n % 2 === 0 ? x : y)[n >> 1]);

/** Mean displacement of the points over the map's spread. */
function displacement(before: LayoutFrame, after: LayoutFrame): number {
  const count = before.x.length;
  const mean = (values: Float32Array) => values.reduce((sum, v) => sum + v, 0) / count;
  const [mx, my] = [mean(before.x), mean(before.y)];
  let moved = 0;
  let spread = 0;
  for (let i = 0; i < count; i++) {
    moved += Math.hypot(after.x[i] - before.x[i], after.y[i] - before.y[i]) / count;
    spread += Math.hypot(before.x[i] - mx, before.y[i] - my) / count;
  }
  return moved / spread;
}

describe("the graph and the steps of UMAP", () => {
  const space = jointSpace({pairs: 60});
  const table = nearestNeighbours({points: space.points, width: space.width, k: 9});

  it("weighs edges as umap-js does", () => {
    const theirs = (umapJs(table, unitRows(space.points, space.width), Math.random, 50) as unknown as OpenUmap).graph.getAll().filter(({value}) => value > 0);
    const {heads, tails, weights} = fuzzyGraph(table);
    const ours = new Map(Array.from(weights, (weight, e) => [`${heads[e]} ${tails[e]}`, weight]));
    expect(ours.size).toBe(theirs.length);
    for (const {row, col, value} of theirs) expect(ours.get(`${row} ${col}`)).toBeCloseTo(value, 4);
  });

  it("moves points as umap-js does, given its edges and its random numbers", () => {
    const epochs = 12;
    const umap = umapJs(table, unitRows(space.points, space.width), seededRandom(2), epochs);
    const open = umap as unknown as OpenUmap;
    const {head, tail, a, b} = open.optimizationState;
    // Weights of 1, 1/2 and 1/4, so that both find the very same epochs for an edge, and no rounding decides.
    const weights = Float32Array.from(head, (h, e) => 1 / (1 << ((h + tail[e]) % 3)));
    open.optimizationState.epochsPerSample = Array.from(weights, (weight) => 1 / weight);
    open.prepareForOptimizationLoop();
    const graph = {heads: Int32Array.from(head), tails: Int32Array.from(tail), weights, count: space.count};
    const start = Float64Array.from(umap.getEmbedding().flat());
    // The same stream from where umap-js's stands after it drew its start: two numbers a point.
    const random = seededRandom(2);
    for (let n = 0; n < 2 * space.count; n++) random();
    const ours = createLayout({graph, start, epochs, random, curve: {a, b}, learningRate: gentle});
    for (let n = 0; n < epochs; n++) {
      umap.step();
      ours.step();
    }
    const theirs = umap.getEmbedding().flat();
    const farthest = (from: ArrayLike<number>) => theirs.reduce((most, value, n) => Math.max(most, Math.abs(value - from[n])), 0);
    expect(farthest(ours.positions)).toBeLessThan(1e-3);
    expect(farthest(start)).toBeGreaterThan(0.5);
    ours.step();
    expect(ours.epoch).toBe(epochs);
  });
});

describe("layout", () => {
  const space = jointSpace({pairs: 300, clusters: 12});

  it("keeps neighbours as well as umap-js does", () => {
    const few = jointSpace({pairs: 120, clusters: 12});
    const {points, width, count} = few;
    const ours = layout({...few, seed: 3});
    const umap = new UMAP({random: seededRandom(3)});
    const theirs = umap.fit(unitRows(points, width)).flat();
    expect(theirs.length).toBe(2 * count);
    expect(trustworthiness({points, width, positions: xy(ours)})).toBeGreaterThan(trustworthiness({points, width, positions: theirs}) - 0.01);
  });

  it("gives the same map for the same seed, and another for another", () => {
    const request = {...space, epochs: 5};
    expect(layout({...request, seed: 1})).toEqual(layout({...request, seed: 1}));
    expect(layout({...request, seed: 1}).x).not.toEqual(layout({...request, seed: 2}).x);
  });

  it("does not jump when embeddings move by 3 %", () => {
    const {points, width, kinds} = space;
    const random = seededRandom(5);
    const scale = Math.sqrt(points.reduce((sum, v) => sum + v * v, 0) / points.length);
    const moved = points.map((v) => v + 0.03 * scale * random.normal());
    for (const view of ["umap", "pairing"] as const) {
      const before = layout({points, width, kinds, view});
      expect(displacement(before, layout({points: moved, width, kinds, view, warm: before}))).toBeLessThan(0.1);
    }
  });

  it("draws pairs together in the pairing view, which plain UMAP parts at the gap", () => {
    const far = jointSpace({pairs: 300, clusters: 12, gap: 1, noise: 0.2, width: 64});
    /** Mean place of an image's caption among all captions by distance on the map. */
    const partnerRank = ({x, y}: LayoutFrame) => {
      const pairs = x.length / 2;
      let sum = 0;
      for (let i = 0; i < pairs; i++) {
        const distance = (c: number) => Math.hypot(x[i] - x[pairs + c], y[i] - y[pairs + c]);
        const own = distance(i);
        sum += 1 + Array.from({length: pairs}, (_, c) => c).filter((c) => distance(c) < own).length;
      }
      return sum / pairs;
    };
    const plain = layout({...far, view: "umap"});
    const pairing = layout({...far, view: "pairing"});
    expect(plain.crossingShare).toBe(0);
    expect(partnerRank(plain)).toBeGreaterThan(60);
    expect(partnerRank(pairing)).toBeLessThan(25);
  });

  it("puts the gap on the x axis", () => {
    const {x, view} = layout({...space, view: "gap"});
    expect(view).toBe("gap");
    expect(Math.min(...x.slice(0, 300))).toBeGreaterThan(Math.max(...x.slice(300)));
  });

  it("draws PCA, and says so, where there are too few points", () => {
    const few = jointSpace({pairs: 5});
    expect(layout({...few})).toMatchObject({view: "pca", epoch: 1, epochs: 1, note: "UMAP looks at 15 neighbours a point, and there are only 10 points: this is PCA."});
    expect(layout({...few, view: "pairing"}).note).toContain("there are 5 and 5: this is PCA");
    expect(layout({points: Float32Array.of(1, 2, 3), width: 3})).toMatchObject({view: "pca"});
    expect([...layoutFrames({...space, epochs: 4})].map(({epoch}) => epoch)).toEqual([1, 2, 3, 4]);
  });

  it("says what is wrong with its input", () => {
    const {points, width} = space;
    expect(() => layout({points, width, view: "gap"})).toThrow("kinds: the gap view needs to know");
    expect(() => layout({points, width, kinds: new Uint8Array(3)})).toThrow("kinds: expected one a point, so 600, got 3");
    expect(() => layout({points, width, warm: {x: [1], y: [1]}})).toThrow("warm: expected an x and a y for each of 600 points");
    expect(() => layout({points: points.map((v, n) => (n === 17 ? NaN : v)), width})).toThrow("points: row 1 holds a number that is not finite");
    expect(() => nearestNeighbours({points, width, k: 600})).toThrow("k: asked for 600 neighbours, but there are 600 points");
    expect(() => pairingNeighbours({points, width, k: 7, kinds: new Uint8Array(600)})).toThrow("0 points of kind 1");
  });
});
