import {readFileSync} from "node:fs";
import {describe, expect, it} from "vitest";
import {smallSymmetricEigen, symmetricEigenvalues} from "../../src/explore/eigen.ts";
import {alignment, hubness, modalityGap, uniformity} from "../../src/explore/measures.ts";
import {crossingShare, nearestNeighbours, pairingNeighbours} from "../../src/explore/neighbours.ts";
import {effectiveRank, principalComponents, project} from "../../src/explore/pca.ts";
import {trustworthiness} from "../../src/explore/trustworthiness.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import {dot, jointSpace, unitRows} from "./points.ts";
import {needsShared, sharedFolder} from "../left-out.ts";


function cloud(count: number, width: number, seed: number) {
  const random = seededRandom(seed);
  return Float32Array.from({length: count * width}, () => random.normal());
}

describe("eigenvalues", () => {
  it.each([1, 2, 3, 8, 30])("of a symmetric matrix of %i rows agree between two methods, and with its trace and squares", (n) => {
    const random = seededRandom(n);
    const m = new Float64Array(n * n);
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) m[i * n + j] = m[j * n + i] = random.normal();
    const {values, vectors} = smallSymmetricEigen(m, n);
    const all = symmetricEigenvalues(m, n);
    all.forEach((value, i) => expect(value).toBeCloseTo(values[i], 10));
    expect(all.reduce((s, v) => s + v, 0)).toBeCloseTo(Array.from({length: n}, (_, i) => m[i * n + i]).reduce((s, v) => s + v, 0), 10);
    expect(all.reduce((s, v) => s + v * v, 0)).toBeCloseTo(m.reduce((s, v) => s + v * v, 0), 8);
    for (let c = 0; c < n; c++) {
      for (let r = 0; r < n; r++) {
        let product = 0;
        for (let k = 0; k < n; k++) product += m[r * n + k] * vectors[k * n + c];
        expect(product).toBeCloseTo(values[c] * vectors[r * n + c], 9);
      }
    }
  });
});

describe("principal components", () => {
  it("are the eigenvectors of the covariance, the longest entry positive", () => {
    const [n, width] = [200, 12];
    const points = cloud(n, width, 1).map((v, i) => v * (1 + (i % width)) + 3);
    const {components, variances, shares, mean} = principalComponents(points, width, 4);
    const rows = Array.from({length: n}, (_, i) => [...points.subarray(i * width, (i + 1) * width)].map((v, k) => v - mean[k]));
    for (let c = 0; c < 4; c++) {
      const component = [...components.subarray(c * width, (c + 1) * width)];
      const image = Array.from({length: width}, (_, k) => rows.reduce((sum, row) => sum + row[k] * dot(row, component), 0) / n);
      image.forEach((v, k) => expect(v).toBeCloseTo(variances[c] * component[k], 3));
      expect(Math.max(...component)).toBe(Math.max(...component.map(Math.abs)));
      expect(Math.hypot(...component)).toBeCloseTo(1, 10);
    }
    const all = principalComponents(points, width, 12);
    expect(all.shares.reduce((s, v) => s + v, 0)).toBeCloseTo(1, 6);
    expect(shares[0]).toBeCloseTo(all.shares[0], 8);
  });

  it("do not flip when the points move a little", () => {
    const space = jointSpace({pairs: 50});
    const random = seededRandom(2);
    const before = project(space.points, principalComponents(space.points, space.width));
    const after = project(space.points, principalComponents(space.points.map((v) => v + 0.01 * random.normal()), space.width));
    before.forEach((v, n) => expect(Math.abs(after[n] - v)).toBeLessThan(0.3));
  });

  it("cope with points that all agree, or fewer of them than components", () => {
    expect([...principalComponents(new Float32Array(12).fill(2), 3).variances]).toEqual([0, 0]);
    expect(principalComponents(Float32Array.of(1, 2, 3), 3).variances[0]).toBe(0);
    expect(principalComponents(Float32Array.of(1, 3), 1).variances[0]).toBeCloseTo(1, 6);
  });

  it("give an effective rank between a line and the width", () => {
    const line = Float32Array.from({length: 300}, (_, n) => (n % 3) * Math.floor(n / 3));
    expect(effectiveRank(line, 3)).toBeCloseTo(1, 3);
    const axes = Float32Array.from({length: 16 * 8}, (_, n) => (Math.floor(n / 8) % 8 === n % 8 ? (n < 64 ? 1 : -1) : 0));
    expect(effectiveRank(axes, 8)).toBeCloseTo(8, 5);
    expect(effectiveRank(new Float32Array(9).fill(1), 3)).toBe(0);
  });
});

describe("single numbers", () => {
  it("agree with their definitions written out", () => {
    const [image, caption] = [cloud(40, 7, 3), cloud(40, 7, 4).map((v) => v + 0.7)];
    const [I, T] = [unitRows(image, 7), unitRows(caption, 7)];
    const mean = (rows: number[][]) => rows[0].map((_, k) => rows.reduce((sum, row) => sum + row[k], 0) / rows.length);
    expect(modalityGap(image, caption, 7)).toBeCloseTo(Math.hypot(...mean(I).map((v, k) => v - mean(T)[k])), 6);
    expect(alignment(image, caption, 7)).toBeCloseTo(I.reduce((sum, row, i) => sum + (2 - 2 * dot(row, T[i])), 0) / 40, 5);
    const pairs = I.flatMap((x, i) => I.slice(i + 1).map((y) => Math.exp(-2 * (2 - 2 * dot(x, y)))));
    expect(uniformity(image, 7)).toBeCloseTo(Math.log(pairs.reduce((s, v) => s + v, 0) / pairs.length), 5);
  });

  it("give CLIP's gap on 100 COCO pairs", needsShared("coco100/clip_similarities.csv"), () => {
    // Embeddings with the published cosines: the rows of the matrix's square root.
    const n = 200;
    const cosines = Float64Array.from(readFileSync(`${sharedFolder}/coco100/clip_similarities.csv`, "utf8").trim().split(/[\n,]/).map(Number));
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) cosines[i * n + j] = cosines[j * n + i];
    const {values, vectors} = smallSymmetricEigen(cosines, n);
    const points = Float32Array.from({length: n * n}, (_, at) => vectors[at] * Math.sqrt(Math.max(0, values[at % n])));
    const {gap_distance} = JSON.parse(readFileSync(`${sharedFolder}/coco100/clip_meta_info.json`, "utf8")) as {gap_distance: number};
    expect(modalityGap(points.subarray(0, 100 * n), points.subarray(100 * n), n)).toBeCloseTo(gap_distance, 4);
  });

  it("find hubs and orphans", () => {
    const star = {indices: Int32Array.of(1, 0, 0, 0, 0, 0), distances: new Float32Array(6), count: 6, k: 1};
    const {occurrences, orphans, skewness} = hubness(star);
    expect([...occurrences]).toEqual([5, 1, 0, 0, 0, 0]);
    expect(orphans).toBeCloseTo(4 / 6);
    expect(skewness).toBeGreaterThan(1.5);
  });
});

describe("neighbours", () => {
  it("are the nearest others by cosine", () => {
    const {points, width, count} = jointSpace({pairs: 40});
    const rows = unitRows(points, width);
    const {indices, distances} = nearestNeighbours({points, width, k: 6});
    for (let i = 0; i < count; i++) {
      const nearest = Array.from({length: count}, (_, j) => j).filter((j) => j !== i).sort((p, q) => dot(rows[i], rows[q]) - dot(rows[i], rows[p])).slice(0, 6);
      expect([...indices.subarray(i * 6, (i + 1) * 6)]).toEqual(nearest);
      expect(distances[i * 6]).toBeCloseTo(1 - dot(rows[i], rows[nearest[0]]), 5);
    }
  });

  it("are half own kind, half the other, in the pairing view", () => {
    const space = jointSpace({pairs: 40});
    const {indices, distances, k} = pairingNeighbours({...space, k: 7});
    expect(k).toBe(14);
    for (let i = 0; i < space.count; i++) {
      const row = [...indices.subarray(i * 14, (i + 1) * 14)];
      expect(row.filter((j) => space.kinds[j] === space.kinds[i]).length).toBe(7);
      expect(row).not.toContain(i);
      const near = [...distances.subarray(i * 14, (i + 1) * 14)];
      expect(near).toEqual(near.slice().sort((p, q) => p - q));
      expect(near[1]).toBeCloseTo(near[0], 6); // the nearest of both kinds start level
    }
    expect(crossingShare({indices, distances, count: space.count, k}, space.kinds)).toBeCloseTo(0.5, 10);
  });
});

describe("trustworthiness", () => {
  it("is scikit-learn's formula, written out", () => {
    const {points, width, count} = jointSpace({pairs: 30});
    const rows = unitRows(points, width);
    const positions = cloud(count, 2, 6);
    const k = 5;
    let penalty = 0;
    for (let i = 0; i < count; i++) {
      const others = Array.from({length: count}, (_, j) => j).filter((j) => j !== i);
      const before = others.slice().sort((p, q) => dot(rows[i], rows[q]) - dot(rows[i], rows[p]));
      const onMap = others.slice().sort((p, q) => Math.hypot(positions[2 * p] - positions[2 * i], positions[2 * p + 1] - positions[2 * i + 1]) - Math.hypot(positions[2 * q] - positions[2 * i], positions[2 * q + 1] - positions[2 * i + 1]));
      for (const j of onMap.slice(0, k)) penalty += Math.max(0, before.indexOf(j) + 1 - k);
    }
    const expected = 1 - (2 * penalty) / (count * k * (2 * count - 3 * k - 1));
    expect(trustworthiness({points, width, positions, k})).toBeCloseTo(expected, 12);
  });

  it("is 1 for a map that keeps every neighbour, and about the whole from a sample", () => {
    const flat = cloud(300, 2, 7);
    const onCircle = Float32Array.from({length: 600}, (_, n) => (n % 2 === 0 ? Math.cos : Math.sin)(0.9 * flat[n >> 1]));
    expect(trustworthiness({points: onCircle, width: 2, positions: onCircle})).toBe(1);
    const points = cloud(300, 8, 8);
    const whole = trustworthiness({points, width: 8, positions: flat});
    expect(whole).toBeGreaterThan(0.4);
    expect(whole).toBeLessThan(0.6);
    expect(Math.abs(trustworthiness({points, width: 8, positions: flat, sample: Int32Array.from({length: 100}, (_, i) => 3 * i)}) - whole)).toBeLessThan(0.05);
    expect(() => trustworthiness({points, width: 8, positions: flat, k: 150})).toThrow("k below half of the 300 points, got 150");
  });
});
