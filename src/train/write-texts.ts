/** Captions that a model writes for rows of its set or pictures from outside, as text with the probability of every token. */
import type {Clip} from "../clip/clip.ts";
import {createTokenizer} from "../clip/tokenizer.ts";
import type {TokenizerSpec} from "../clip/tokenizer.ts";
import {writeCaptions} from "../clip/write-captions.ts";
import {seededRandom} from "../tensor/random.ts";
import type {PairTensors} from "./pair-tensors.ts";
import type {WriteRequest, WrittenText} from "./protocol.ts";

interface Writer {
  model: Clip;
  tensors: PairTensors;
  tokenizer: TokenizerSpec;
}

/**
 * One caption a picture, with the parameters as they are trained.
 * @throws Error where the model has no decoder; RangeError naming an option that is out of range.
 */
export async function writeTexts({rows, pixels, seed = 1, ...how}: WriteRequest, {model, tensors, tokenizer}: Writer): Promise<WrittenText[]> {
  if (!model.startCaptions) throw new Error('this model reads captions and cannot write them: take a model with a decoder, such as "coca-tiny"');
  if (rows === undefined && pixels === undefined) throw new TypeError("write: give it rows of the set, or pixels");
  const words = createTokenizer(tokenizer);
  const images = rows ? tensors.images(rows) : tensors.pictures(pixels!);
  const seen = model.startCaptions(images);
  try {
    const written = await writeCaptions(images.shape[0], seen.next, words, {...how, random: seededRandom(seed)});
    return written.map(({tokens, logProbability}) => ({
      text: words.decode(tokens.map(({id}) => id)),
      tokens: tokens.map(({id, probability}) => ({symbol: words.symbol(id) ?? "", probability})),
      logProbability
    }));
  } finally {
    seen.dispose();
    images.dispose();
  }
}
