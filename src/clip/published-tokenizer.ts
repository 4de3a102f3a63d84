/** The tokenizer of published weights: the merges of their own tokenizer.json where there is one, else OpenAI's. */
import {isObject, shown} from "../json.ts";
import type {Merge} from "./byte-pairs.ts";
import type {TextConfig, Json} from "./config.ts";
import {openAiTokenizer} from "./openai-tokenizer.ts";
import {createTokenizer, endToken, isMerge, startToken} from "./tokenizer.ts";
import type {Tokenizer} from "./tokenizer.ts";

const openAiVocabulary = 49408;

/** What a tokenizer.json says, each part of the kind that it has to be; undefined where it has no vocabulary or no merges. */
function partsOf(model: unknown): {type: unknown; vocab: Record<string, number>; merges: Merge[]} | undefined {
  if (!isObject(model) || !model.vocab || !model.merges) return undefined;
  const {type, vocab, merges} = model;
  if (!isObject(vocab) || !Object.values(vocab).every((id) => Number.isSafeInteger(id) && (id as number) >= 0)) throw new Error(`tokenizer.json: its vocabulary is no table of words and ids; expected {"word": 0, …}.`);
  if (!Array.isArray(merges)) throw new Error(`tokenizer.json: its merges are ${shown(merges)}; expected a list of pairs.`);
  const pairs = merges.map((merge: unknown, i) => {
    const pair = typeof merge === "string" ? merge.split(" ") : merge;
    if (!isMerge(pair)) throw new Error(`tokenizer.json: merge ${i + 1} is ${shown(merge)}; expected two symbols.`);
    return pair;
  });
  return {type, vocab: vocab as Record<string, number>, merges: pairs};
}

/**
 * `file` is Hugging Face's tokenizer.json, or vocab.json and merges.txt brought into its form ({model: {type, vocab, merges}}).
 * @throws Error where it is no byte-pair tokenizer in CLIP's order, or where nothing says what the vocabulary's ids mean.
 */
export async function publishedTokenizer({contextLength, vocabularySize}: TextConfig, file?: Json): Promise<Tokenizer> {
  const model = partsOf(file?.["model"]);
  if (!model) {
    if (vocabularySize === openAiVocabulary) return openAiTokenizer({contextLength});
    throw new Error(`There is no tokenizer.json beside the weights, and a vocabulary of ${vocabularySize} is not OpenAI's ${openAiVocabulary}: nothing says what its ids mean.`);
  }
  if (model.type !== undefined && model.type !== "BPE") throw new Error(`This tokenizer is not supported: tokenizer.json is of the type ${shown(model.type)}; expected "BPE".`);
  const {merges} = model;
  const symbols = Object.entries(model.vocab).sort(([, a], [, b]) => a - b).map(([symbol]) => symbol);
  const alphabet = symbols.slice(0, symbols.indexOf(startToken) - merges.length);
  const tokenizer = createTokenizer({vocabularySize, contextLength, alphabet, merges});
  const wrong = Object.entries(model.vocab).find(([symbol, id]) => tokenizer.symbol(id) !== symbol);
  if (wrong) throw new Error(`This tokenizer is not supported: in tokenizer.json ${shown(wrong[0])} has the id ${wrong[1]}; in CLIP's order (alphabet, merges, ${startToken}, ${endToken}) that is ${shown(tokenizer.symbol(wrong[1]))}.`);
  return tokenizer;
}
