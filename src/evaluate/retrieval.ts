/**
 * Retrieval as CLIP is measured: how high the right caption ranks for an image, and the right image for a caption.
 * Numbers only; finding the nearest for a person to look at is search.ts.
 *
 * The protocol of Flickr30k and COCO: the gallery holds all captions of every image. An image is a hit at k when any of
 * its captions is among the k nearest captions; a caption is a hit when its image is among the k nearest images.
 */
import {innerProduct, innerProducts} from "../tensor/products.ts";
import {countRows, normalisedRows} from "../tensor/rows.ts";

/**
 * What equal similarities mean. "expected" is the mean over every order of the equal ones, so that a model which gives
 * the same embedding to everything scores exactly chance; "pessimistic" lets every wrong one that ties stand before
 * the right one, "optimistic" behind it.
 */
export type Ties = "expected" | "pessimistic" | "optimistic";

export interface RecallInput {
  /** [images, width]; need not be normalised. */
  imageEmbeddings: Float32Array;
  /** [captions, width] */
  captionEmbeddings: Float32Array;
  width: number;
  /** The image's row for each caption. */
  imageOfCaption: Int32Array;
  ks?: readonly number[];
  ties?: Ties;
  /** Images compared at once; only memory and time depend on it. */
  blockSize?: number;
}

export interface Recall {
  /** Share of images with one of their captions in the top k, by k, from 0 to 1. */
  imageToText: Record<number, number>;
  /** Share of captions with their image in the top k. */
  textToImage: Record<number, number>;
  /** Median over queries of the rank (from 1) of the best right answer. */
  medianRank: {imageToText: number; textToImage: number};
  /** Rank of the best right answer of each image and each caption, from 1; halves and the like come from ties. */
  ranks: {imageToText: Float32Array; textToImage: Float32Array};
  /** What an embedding without knowledge scores with this gallery. */
  chance: {imageToText: Record<number, number>; textToImage: Record<number, number>};
  gallery: {images: number; captions: number};
  /** What a reader of the figures should know: a k beyond the gallery, images without captions. Usually empty. */
  notes: string[];
}

const defaultKs = [1, 5, 10] as const;

/**
 * Recall at k and median rank in both directions by cosine, in blocks: memory grows with images plus captions, never
 * with their product.
 */
export function recall({imageEmbeddings, captionEmbeddings, width, imageOfCaption, ks = defaultKs, ties = "expected", blockSize = 64}: RecallInput): Recall {
  const images = normalisedRows(imageEmbeddings, width, "imageEmbeddings");
  const captions = normalisedRows(captionEmbeddings, width, "captionEmbeddings");
  const imageCount = countRows(imageEmbeddings, width, "imageEmbeddings");
  const captionCount = countRows(captionEmbeddings, width, "captionEmbeddings");
  checkOwners(imageOfCaption, imageCount, captionCount);
  const own = new Float32Array(captionCount);
  for (let c = 0; c < captionCount; c++) own[c] = innerProduct(images, imageOfCaption[c], captions, c);
  const counts = createCounts(own, imageOfCaption, imageCount);
  const block = new Float32Array(Math.min(blockSize, imageCount) * captionCount);
  for (let first = 0; first < imageCount; first += blockSize) {
    const rows = Math.min(blockSize, imageCount - first);
    countBlock(counts, innerProducts(images, first, rows, captions, 0, captionCount, block), first, rows);
  }
  return summarise(counts, ks, ties);
}

/** The easier number of a training batch: row i of both arrays is a pair, one caption an image. */
export function pairedRecall(input: Omit<RecallInput, "imageOfCaption">): Recall {
  const count = countRows(input.captionEmbeddings, input.width, "captionEmbeddings");
  return recall({...input, imageOfCaption: Int32Array.from({length: count}, (_, i) => i)});
}

export interface SimilarityRecallInput {
  /** [images, captions], row-major: higher is nearer. Negate distances. */
  similarities: Float32Array;
  imageOfCaption: Int32Array;
  ks?: readonly number[];
  ties?: Ties;
}

/** The same measures from a matrix of similarities that is at hand already. */
export function recallOfSimilarities({similarities, imageOfCaption, ks = defaultKs, ties = "expected"}: SimilarityRecallInput): Recall {
  const captionCount = imageOfCaption.length;
  if (captionCount === 0 || similarities.length === 0 || similarities.length % captionCount !== 0) {
    throw new RangeError(`similarities: expected rows of ${captionCount} numbers, one a caption of imageOfCaption, got ${similarities.length} numbers`);
  }
  const imageCount = similarities.length / captionCount;
  checkOwners(imageOfCaption, imageCount, captionCount);
  const odd = similarities.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) throw new RangeError(`similarities: image ${Math.floor(odd / captionCount)}, caption ${odd % captionCount} is ${similarities[odd]}`);
  const own = Float32Array.from(imageOfCaption, (image, c) => similarities[image * captionCount + c]);
  const counts = createCounts(own, imageOfCaption, imageCount);
  countBlock(counts, similarities, 0, imageCount);
  return summarise(counts, ks, ties);
}

function checkOwners(imageOfCaption: Int32Array, imageCount: number, captionCount: number): void {
  if (imageCount === 0) throw new RangeError("imageEmbeddings: expected at least one image, got none");
  if (captionCount === 0) throw new RangeError("captionEmbeddings: expected at least one caption, got none");
  if (imageOfCaption.length !== captionCount) {
    throw new RangeError(`imageOfCaption: expected one image a caption, so ${captionCount} numbers, got ${imageOfCaption.length}`);
  }
  for (let c = 0; c < captionCount; c++) {
    if (!(imageOfCaption[c] >= 0 && imageOfCaption[c] < imageCount)) {
      throw new RangeError(`imageOfCaption: caption ${c} names image ${imageOfCaption[c]}, but there are ${imageCount} images, from 0`);
    }
  }
}

/** How many wrong answers stand above, or level with, the best right one: all that ranks and recall need. */
interface Counts {
  imageOfCaption: Int32Array;
  /** Similarity of each caption with its image. */
  own: Float32Array;
  /** The best of an image's captions, -Infinity for an image without any. */
  best: Float32Array;
  /** How many captions an image has, and how many of them share the best similarity. */
  captionsOfImage: Int32Array;
  bestTied: Int32Array;
  imageAbove: Int32Array;
  imageLevel: Int32Array;
  captionAbove: Int32Array;
  captionLevel: Int32Array;
}

function createCounts(own: Float32Array, imageOfCaption: Int32Array, imageCount: number): Counts {
  const captionCount = imageOfCaption.length;
  const best = new Float32Array(imageCount).fill(-Infinity);
  const captionsOfImage = new Int32Array(imageCount);
  const bestTied = new Int32Array(imageCount);
  for (let c = 0; c < captionCount; c++) {
    const image = imageOfCaption[c];
    captionsOfImage[image]++;
    if (own[c] > best[image]) (best[image] = own[c]), (bestTied[image] = 1);
    else if (own[c] === best[image]) bestTied[image]++;
  }
  return {
    imageOfCaption, own, best, captionsOfImage, bestTied,
    imageAbove: new Int32Array(imageCount),
    imageLevel: new Int32Array(imageCount),
    captionAbove: new Int32Array(captionCount),
    captionLevel: new Int32Array(captionCount)
  };
}

/** Counts a block of `rows` images from `first` on against all captions; each number is looked at once for both directions. */
function countBlock(counts: Counts, values: Float32Array, first: number, rows: number): void {
  const {imageOfCaption, own, best, imageAbove, imageLevel, captionAbove, captionLevel} = counts;
  const captionCount = imageOfCaption.length;
  for (let r = 0; r < rows; r++) {
    const image = first + r;
    const bestOfImage = best[image];
    let above = 0;
    let level = 0;
    for (let c = 0, at = r * captionCount; c < captionCount; c++, at++) {
      const value = values[at];
      const mine = own[c];
      // Almost every wrong answer loses both ways, so the two comparisons come before the question whose caption it is.
      if (value < mine && value < bestOfImage) continue;
      if (imageOfCaption[c] === image) continue;
      if (value > bestOfImage) above++;
      else if (value === bestOfImage) level++;
      if (value > mine) captionAbove[c]++;
      else if (value === mine) captionLevel[c]++;
    }
    imageAbove[image] += above;
    imageLevel[image] += level;
  }
}

function summarise(counts: Counts, ks: readonly number[], ties: Ties): Recall {
  const {imageOfCaption, captionsOfImage, bestTied, imageAbove, imageLevel, captionAbove, captionLevel} = counts;
  for (const k of ks) if (!Number.isInteger(k) || k < 1) throw new RangeError(`ks: expected whole numbers of at least 1, got ${k}`);
  const captions = imageOfCaption.length;
  const images = captionsOfImage.length;
  const asked: number[] = [];
  for (let i = 0; i < images; i++) if (captionsOfImage[i] > 0) asked.push(i);
  const fromImages = asked.map((i) => ({above: imageAbove[i], level: imageLevel[i], right: bestTied[i], all: captions, allRight: captionsOfImage[i]}));
  const fromCaptions = Array.from({length: captions}, (_, c) => ({above: captionAbove[c], level: captionLevel[c], right: 1, all: images, allRight: 1}));
  const imageRanks = new Float32Array(images).fill(NaN);
  asked.forEach((i, n) => (imageRanks[i] = rankOf(fromImages[n], ties)));
  const captionRanks = Float32Array.from(fromCaptions, (query) => rankOf(query, ties));
  const share = (queries: Query[], measure: (query: Query, k: number) => number) =>
    Object.fromEntries(ks.map((k) => [k, queries.reduce((sum, query) => sum + measure(query, k), 0) / queries.length]));
  const chanceOf = ({all, allRight}: Query, k: number) => hitProbability(0, all - allRight, allRight, k);
  const hitOf = (query: Query, k: number) => hit(query, k, ties);
  return {
    imageToText: share(fromImages, hitOf),
    textToImage: share(fromCaptions, hitOf),
    medianRank: {imageToText: median(asked.map((i) => imageRanks[i])), textToImage: median([...captionRanks])},
    ranks: {imageToText: imageRanks, textToImage: captionRanks},
    chance: {imageToText: share(fromImages, chanceOf), textToImage: share(fromCaptions, chanceOf)},
    gallery: {images, captions},
    notes: notesOn(images, captions, asked.length, ks)
  };
}

/** One question put to the gallery: wrong answers above and level with the best right one, right ones at its level. */
interface Query {
  above: number;
  level: number;
  right: number;
  all: number;
  allRight: number;
}

function rankOf({above, level, right}: Query, ties: Ties): number {
  if (ties === "optimistic") return above + 1;
  if (ties === "pessimistic") return above + level + 1;
  return above + (level + right + 1) / (right + 1); // mean place of the first of `right` among level + right, shuffled
}

function hit(query: Query, k: number, ties: Ties): number {
  if (ties === "expected") return hitProbability(query.above, query.level, query.right, k);
  return rankOf(query, ties) <= k ? 1 : 0;
}

/** Probability that one of `right` answers is in the top k, when `above` stand before and `level` are shuffled with them. */
function hitProbability(above: number, level: number, right: number, k: number): number {
  const places = k - above;
  if (places <= 0) return 0;
  if (places > level) return 1;
  let miss = 1;
  for (let j = 0; j < right; j++) miss *= (level + right - places - j) / (level + right - j);
  return 1 - miss;
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function notesOn(images: number, captions: number, asked: number, ks: readonly number[]): string[] {
  const notes: string[] = [];
  for (const k of ks) {
    if (k >= captions) notes.push(`Image to text at k = ${k} is 1 whatever the model: the gallery holds ${captions} captions.`);
    if (k >= images) notes.push(`Text to image at k = ${k} is 1 whatever the model: the gallery holds ${images} images.`);
  }
  if (asked < images) notes.push(`${images - asked} of ${images} images have no caption: they stand in the gallery, but ask for none.`);
  return notes;
}
