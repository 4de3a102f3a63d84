import {expect, test} from "vitest";
import {contrastiveHalves} from "../../src/train/watched-loss.ts";

test("agrees with the worked example of CLIP's loss", () => {
  const pairs = {
    step: 0,
    indices: Int32Array.of(0, 1, 2),
    captionIndices: Int32Array.of(0, 0, 0),
    imageEmbeddings: Float32Array.of(1, 0, 0, 0.6, 0.8, 0, 0, 0.6, 0.8),
    captionEmbeddings: Float32Array.of(0.8, 0.6, 0, 0, 1, 0, 0, 0, 1),
    width: 3
  };
  const {lossImage, lossText} = contrastiveHalves(pairs, Math.log(1 / 0.07));
  expect(lossImage).toBeCloseTo(0.813398891, 6);
  expect(lossText).toBeCloseTo(0.812872631, 6);
});

test("equal embeddings lose ln N at any temperature", () => {
  const ones = new Float32Array(8).fill(Math.SQRT1_2);
  const pairs = {step: 0, indices: new Int32Array(4), captionIndices: new Int32Array(4), imageEmbeddings: ones, captionEmbeddings: ones, width: 2};
  for (const t of [0, Math.log(100), 50]) expect(contrastiveHalves(pairs, t).lossImage).toBeCloseTo(Math.log(4), 6);
});
