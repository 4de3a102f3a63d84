/** How each pair stands among all pairs: its caption's rank and its loss, in blocks, without an image-by-caption matrix. */
import {innerProducts} from "../tensor/products.ts";
import {countRows} from "../tensor/rows.ts";

export interface PairFigures {
  /** [count]: rank from 1 of each image's own caption among all captions; ties count as ahead of it. */
  ranks: Int32Array;
  /** [count]: mean of -log softmax at the pair over its row and over its column, in nats. */
  losses: Float32Array;
  /** Mean of `losses`: the symmetric contrastive loss of all pairs as one batch (Radford et al. 2021, figure 3). */
  loss: number;
  /** Images whose own caption comes first. */
  firsts: number;
}

const blockSize = 64;

/**
 * @param images [count, width] of length 1
 * @param captions [count, width] of length 1; row i belongs to image i
 * @param scale what cosines are multiplied with: exp(t), 1 / temperature
 * @throws RangeError where the two differ in size
 */
export function pairFigures({images, captions, width, scale}: {images: Float32Array; captions: Float32Array; width: number; scale: number}): PairFigures {
  const count = countRows(images, width, "images");
  if (countRows(captions, width, "captions") !== count) throw new RangeError(`pairFigures: expected one caption an image, got ${count} images and ${captions.length / width} captions`);
  const ranks = new Int32Array(count);
  const own = new Float32Array(count);
  const row = {max: new Float64Array(count).fill(-Infinity), sum: new Float64Array(count)};
  const column = {max: new Float64Array(count).fill(-Infinity), sum: new Float64Array(count)};
  const block = new Float32Array(blockSize * count);
  for (let first = 0; first < count; first += blockSize) {
    const here = Math.min(blockSize, count - first);
    innerProducts({values: images, width}, first, here, {values: captions, width}, 0, count, block);
    for (let r = 0; r < here; r++) {
      const i = first + r;
      const cosines = block.subarray(r * count, (r + 1) * count);
      own[i] = cosines[i];
      let ahead = 0;
      for (let j = 0; j < count; j++) {
        if (j !== i && cosines[j] >= own[i]) ahead++;
        add(row, i, scale * cosines[j]);
        add(column, j, scale * cosines[j]);
      }
      ranks[i] = ahead + 1;
    }
  }
  const losses = Float32Array.from(own, (cosine, i) => (logOf(row, i) + logOf(column, i)) / 2 - scale * cosine);
  return {ranks, losses, loss: losses.reduce((sum, loss) => sum + loss, 0) / count, firsts: ranks.reduce((sum, rank) => sum + Number(rank === 1), 0)};
}

/** Sums of exp kept beside their greatest exponent, so that none overflows (Milakov and Gimelshein 2018). */
interface RunningSums {
  max: Float64Array;
  sum: Float64Array;
}

function add({max, sum}: RunningSums, i: number, logit: number): void {
  if (logit <= max[i]) sum[i] += Math.exp(logit - max[i]);
  else {
    sum[i] = sum[i] * Math.exp(max[i] - logit) + 1;
    max[i] = logit;
  }
}

const logOf = ({max, sum}: RunningSums, i: number) => max[i] + Math.log(sum[i]);
