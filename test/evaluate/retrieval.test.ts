import {readFileSync} from "node:fs";
import {describe, expect, it} from "vitest";
import {pairedRecall, recall, recallOfSimilarities} from "../../src/evaluate/retrieval.ts";
import {createSearchIndex} from "../../src/evaluate/search.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import {needsShared, sharedFolder} from "../left-out.ts";


/** Rows of normal numbers. */
function cloud(count: number, width: number, seed: number) {
  const random = seededRandom(seed);
  return Float32Array.from({length: count * width}, () => random.normal());
}

/** Ranks by sorting the whole list of cosines, the plain way. */
function ranksByLists(images: Float32Array, captions: Float32Array, width: number, imageOfCaption: Int32Array) {
  const rows = (values: Float32Array) =>
    Array.from({length: values.length / width}, (_, i) => {
      const row = [...values.subarray(i * width, (i + 1) * width)];
      const length = Math.hypot(...row);
      return row.map((x) => x / length);
    });
  const [I, T] = [rows(images), rows(captions)];
  const cosine = (i: number, c: number) => I[i].reduce((sum, x, k) => sum + x * T[c][k], 0);
  const rank = (count: number, similarity: (j: number) => number, right: (j: number) => boolean) =>
    1 + Array.from({length: count}, (_, j) => j).sort((a, b) => similarity(b) - similarity(a)).findIndex(right);
  return {
    imageToText: I.map((_, i) => rank(T.length, (c) => cosine(i, c), (c) => imageOfCaption[c] === i)),
    textToImage: T.map((_, c) => rank(I.length, (i) => cosine(i, c), (i) => imageOfCaption[c] === i))
  };
}

describe("recall", () => {
  const table = (x: number) => [[0.8, 0.8, 0.1, 0.5, 0.1, 0.2, x, 0.1], [0.5, 0.4, 0, 0, 0.4, 0.2, 0.6, 0.4], [0.5, 0.4, 0.1, 0.5, 0, 0.8, 0.8, 0.3], [0.5, 0.4, 0.1, 0.5, 0.4, 0.2, 0.3, 0.3]];
  const ofTable = (x: number) =>
    recallOfSimilarities({similarities: Float32Array.from(table(x).flat(), (d) => -d), imageOfCaption: Int32Array.from({length: 8}, (_, j) => j >> 1)});

  it("gives the figures of an independent two-case table", () => {
    expect(ofTable(0.5).imageToText).toEqual({1: 0.5, 5: 0.75, 10: 1});
    expect(ofTable(0.1).textToImage).toEqual({1: 0.375, 5: 1, 10: 1});
  });

  it("ranks as sorting every list does, whatever the block", () => {
    const [width, images, each] = [19, 37, 5];
    const imageEmbeddings = cloud(images, width, 1);
    const noise = cloud(images * each, width, 2);
    const captionEmbeddings = noise.map((x, n) => x + 0.9 * imageEmbeddings[Math.floor(n / width / each) * width + (n % width)]);
    const imageOfCaption = Int32Array.from({length: images * each}, (_, c) => Math.floor(c / each));
    const lists = ranksByLists(imageEmbeddings, captionEmbeddings, width, imageOfCaption);
    const full = recall({imageEmbeddings, captionEmbeddings, width, imageOfCaption, blockSize: 1000});
    expect([...full.ranks.imageToText]).toEqual(lists.imageToText);
    expect([...full.ranks.textToImage]).toEqual(lists.textToImage);
    expect(full.imageToText[5]).toBe(lists.imageToText.filter((rank) => rank <= 5).length / images);
    for (const blockSize of [1, 7, 16]) expect(recall({imageEmbeddings, captionEmbeddings, width, imageOfCaption, blockSize})).toEqual(full);
  });

  it("ranks 1,000 pictures and 5,000 captions within a second of processor time", () => {
    const [width, images, each] = [64, 1000, 5];
    const gallery = {imageEmbeddings: cloud(images, width, 1), captionEmbeddings: cloud(images * each, width, 2), width, imageOfCaption: Int32Array.from({length: images * each}, (_, c) => Math.floor(c / each))};
    const before = process.cpuUsage();
    const {ranks} = recall(gallery);
    const {user, system} = process.cpuUsage(before);
    expect(ranks.textToImage.length).toBe(5000);
    expect((user + system) / 1e6).toBeLessThan(1);
  });

  it("scores a model that embeds everything alike at exactly chance, whatever the tie rule of a sort would do", () => {
    const [width, images, each] = [6, 20, 5];
    const one = cloud(1, width, 3);
    const repeat = (count: number) => Float32Array.from({length: count * width}, (_, n) => one[n % width]);
    const input = {imageEmbeddings: repeat(images), captionEmbeddings: repeat(images * each), width, imageOfCaption: Int32Array.from({length: images * each}, (_, c) => Math.floor(c / each))};
    const {imageToText, textToImage, chance, medianRank} = recall(input);
    expect(imageToText).toEqual(chance.imageToText);
    expect(imageToText[1]).toBeCloseTo(5 / 100, 12);
    expect(textToImage[5]).toBeCloseTo(5 / 20, 12);
    expect(medianRank.textToImage).toBe(10.5);
    expect(recall({...input, ties: "pessimistic"}).textToImage).toEqual({1: 0, 5: 0, 10: 0});
    expect(recall({...input, ties: "optimistic"}).imageToText[1]).toBe(1);
  });

  it("takes the mean over all orders of equal answers", () => {
    // Caption 0 belongs to image 0; images 0, 1 and 2 are equally near, image 3 is nearer: place 2, 3 or 4.
    const {textToImage, ranks} = recallOfSimilarities({similarities: Float32Array.of(0.5, 0.5, 0.5, 0.9), imageOfCaption: Int32Array.of(0), ks: [1, 2, 3, 4]});
    expect(Object.values(textToImage).map((x) => +x.toFixed(6))).toEqual([0, 0.333333, 0.666667, 1]);
    expect(ranks.textToImage[0]).toBe(3);
  });

  it("is the paired number when each image has one caption", () => {
    const [imageEmbeddings, captionEmbeddings] = [cloud(30, 8, 4), cloud(30, 8, 5)];
    const {chance, gallery} = pairedRecall({imageEmbeddings, captionEmbeddings, width: 8});
    expect(chance.imageToText).toEqual(chance.textToImage);
    expect(gallery).toEqual({images: 30, captions: 30});
  });

  it("says what is wrong with its input", () => {
    const input = {imageEmbeddings: cloud(3, 4, 6), captionEmbeddings: cloud(3, 4, 7), width: 4, imageOfCaption: Int32Array.of(0, 1, 2)};
    expect(() => recall({...input, imageOfCaption: Int32Array.of(0, 1, 3)})).toThrow("imageOfCaption: caption 2 names image 3, but there are 3 images");
    expect(() => recall({...input, imageOfCaption: Int32Array.of(0)})).toThrow("imageOfCaption: expected one image a caption, so 3 numbers, got 1");
    expect(() => recall({...input, width: 5})).toThrow("imageEmbeddings: expected rows of 5 numbers, got 12");
    expect(() => recall({...input, captionEmbeddings: new Float32Array(12)})).toThrow("captionEmbeddings: row 0 has length 0");
    expect(() => recall({...input, imageEmbeddings: new Float32Array(0)})).toThrow("expected at least one image");
    expect(() => recall({...input, ks: [0]})).toThrow("ks: expected whole numbers of at least 1, got 0");
  });

  it("says that recall beyond the gallery means nothing, and which images asked for nothing", () => {
    const input = {imageEmbeddings: cloud(4, 4, 6), captionEmbeddings: cloud(3, 4, 7), width: 4, imageOfCaption: Int32Array.of(0, 1, 2)};
    expect(recall({...input, ks: [1, 3]}).notes).toEqual([
      "Image to text at k = 3 is 1 whatever the model: the gallery holds 3 captions.",
      "1 of 4 images have no caption: they stand in the gallery, but ask for none."
    ]);
  });

  it("gives CLIP's R@1 on 100 COCO photos", needsShared("coco100/clip_similarities.csv"), () => {
    const rows = readFileSync(`${sharedFolder}/coco100/clip_similarities.csv`, "utf8").trim().split("\n").map((line) => line.split(",").map(Number));
    const similarities = Float32Array.from(rows.slice(0, 100).flatMap((row) => row.slice(100)));
    const {imageToText, textToImage} = recallOfSimilarities({similarities, imageOfCaption: Int32Array.from({length: 100}, (_, i) => i)});
    expect(imageToText[1]).toBeCloseTo(0.82, 10);
    expect(textToImage[1]).toBeCloseTo(0.75, 10);
  });
});

describe("search", () => {
  it("finds the nearest rows, the earlier of equal ones first", () => {
    const embeddings = Float32Array.of(1, 0, 0, 1, 2, 0, -1, 0, 1, 1);
    const {indices, similarities} = createSearchIndex({embeddings, width: 2}).search(Float32Array.of(3, 0, 0, 5), 3);
    expect([...indices]).toEqual([0, 2, 4, 1, 4, 0]);
    expect(similarities[2]).toBeCloseTo(Math.SQRT1_2, 6);
  });

  it("agrees with sorting all cosines", () => {
    const [width, size, k] = [13, 101, 9];
    const [embeddings, queries] = [cloud(size, width, 8), cloud(6, width, 9)];
    const {similarities, indices} = createSearchIndex({embeddings, width, blockSize: 4}).search(queries, k);
    const everything = createSearchIndex({embeddings, width}).search(queries, size);
    for (let q = 0; q < 6; q++) {
      const sorted = [...everything.similarities.subarray(q * size, (q + 1) * size)];
      expect(sorted).toEqual(sorted.slice().sort((a, b) => b - a));
      expect(new Set(everything.indices.subarray(q * size, (q + 1) * size)).size).toBe(size);
      expect([...similarities.subarray(q * k, (q + 1) * k)]).toEqual(sorted.slice(0, k));
      expect([...indices.subarray(q * k, (q + 1) * k)]).toEqual([...everything.indices.subarray(q * size, q * size + k)]);
    }
  });

  it("refuses to find more than there are", () => {
    const index = createSearchIndex({embeddings: cloud(3, 2, 10), width: 2});
    expect(() => index.search(cloud(1, 2, 11), 4)).toThrow("k: asked for the 4 nearest, but the gallery holds 3 rows");
  });
});
