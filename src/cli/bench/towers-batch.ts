/** What the towers are measured on, the same for every contender: seeded pictures (one batch, seen again and again) and captions as long as people's. */
import {seededRandom} from "../../tensor/random.ts";

export const towerBatch = 20;

/** Normalised pictures [towerBatch, sizePx, sizePx, 3]. */
export function towerImages(sizePx: number): Float32Array {
  const random = seededRandom("tower images");
  return Float32Array.from({length: towerBatch * sizePx * sizePx * 3}, () => 2 * random() - 1);
}

/** Token ids [count, contextLength]: start, 8 to 20 tokens, end, padding; a caption of Flickr30k has 14 on average. */
export function towerCaptions(vocabularySize: number, contextLength: number, count: number): Int32Array {
  const random = seededRandom("tower captions");
  const ids = new Int32Array(count * contextLength);
  for (let row = 0; row < count; row++) {
    const words = Math.min(8 + random.integer(13), contextLength - 2);
    ids[row * contextLength] = vocabularySize - 2;
    for (let i = 1; i <= words; i++) ids[row * contextLength + i] = 1 + random.integer(vocabularySize - 3);
    ids[row * contextLength + words + 1] = vocabularySize - 1;
  }
  return ids;
}
