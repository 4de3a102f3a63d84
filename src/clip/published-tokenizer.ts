/** The tokenizer of published weights: the merges of their own tokenizer.json where there is one, else OpenAI's. */
import type {Merge} from "./byte-pairs.ts";
import type {TextConfig, Json} from "./config.ts";
import {openAiTokenizer} from "./openai-tokenizer.ts";
import {createTokenizer, endToken, startToken} from "./tokenizer.ts";
import type {Tokenizer} from "./tokenizer.ts";

const openAiVocabulary = 49408;

/**
 * `file` is Hugging Face's tokenizer.json, or vocab.json and merges.txt brought into its form ({model: {type, vocab, merges}}).
 * @throws Error where it is no byte-pair tokenizer in CLIP's order, or where nothing says what the vocabulary's ids mean.
 */
export async function publishedTokenizer({contextLength, vocabularySize}: TextConfig, file?: Json): Promise<Tokenizer> {
  const model = file?.["model"] as {type?: string; vocab?: Record<string, number>; merges?: (string | [string, string])[]} | undefined;
  if (!model?.vocab || !model.merges) {
    if (vocabularySize === openAiVocabulary) return openAiTokenizer({contextLength});
    throw new Error(`There is no tokenizer.json beside the weights, and a vocabulary of ${vocabularySize} is not OpenAI's ${openAiVocabulary}: nothing says what its ids mean.`);
  }
  if (model.type !== undefined && model.type !== "BPE") throw new Error(`This tokenizer is not supported: tokenizer.json is of the type ${JSON.stringify(model.type)}; expected "BPE".`);
  const merges = model.merges.map((merge): Merge => (typeof merge === "string" ? (merge.split(" ") as unknown as Merge) : merge));
  const symbols = Object.entries(model.vocab).sort(([, a], [, b]) => a - b).map(([symbol]) => symbol);
  const alphabet = symbols.slice(0, symbols.indexOf(startToken) - merges.length);
  const tokenizer = createTokenizer({vocabularySize, contextLength, alphabet, merges});
  const wrong = Object.entries(model.vocab).find(([symbol, id]) => tokenizer.symbol(id) !== symbol);
  if (wrong) throw new Error(`This tokenizer is not supported: in tokenizer.json ${JSON.stringify(wrong[0])} has the id ${wrong[1]}; in CLIP's order (alphabet, merges, ${startToken}, ${endToken}) that is ${JSON.stringify(tokenizer.symbol(wrong[1]) ?? null)}.`);
  return tokenizer;
}
