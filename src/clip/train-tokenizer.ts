/** Learns a byte-pair vocabulary from captions (Sennrich et al. 2016), small enough for a model in a browser tab. */
import {applyMerge, startSymbols, wordPattern} from "./byte-pairs.ts";
import type {Merge} from "./byte-pairs.ts";
import {cleanText} from "./clean-text.ts";
import type {CleanOptions} from "./clean-text.ts";
import {createTokenizer, endToken, paddingSymbol, startToken} from "./tokenizer.ts";
import type {Tokenizer, TokenizerSpec} from "./tokenizer.ts";

export interface TrainTokenizerOptions extends CleanOptions {
  /** Ids in all: padding, symbols, merges, start and end. Fewer are used where the captions run out of pairs. */
  vocabularySize: number;
  contextLength: number;
  /** A pair must occur this often to be merged. */
  smallestCount?: number;
}

/** The tokenizer learnt from captions. The same captions, in any order, give the same one. */
export function trainTokenizer(captions: readonly string[], options: TrainTokenizerOptions): Tokenizer {
  return createTokenizer(learnVocabulary(captions, options), options);
}

/** A word of the captions, as symbols, and how often it occurs. */
interface Word {
  symbols: string[];
  count: number;
}

/** What `trainTokenizer` learns: the symbols seen, then the most frequent pair, again and again. */
export function learnVocabulary(captions: readonly string[], {vocabularySize, contextLength, smallestCount = 2, repair}: TrainTokenizerOptions): TokenizerSpec {
  const words = countWords(captions, {repair});
  const room = vocabularySize - 3;
  if (room < 1) throw new RangeError(`trainTokenizer: a vocabulary of ${vocabularySize} has no room beside padding, start and end`);
  const alphabet = [paddingSymbol, ...commonestSymbols(words, room)];
  const pairs = new PairCounts(words);
  const merges: Merge[] = [];
  const counts: number[] = [];
  while (alphabet.length + merges.length + 2 < vocabularySize) {
    const best = pairs.commonest();
    if (!best || best.count < smallestCount) break;
    merges.push(best.pair);
    counts.push(best.count);
    pairs.merge(best.pair);
  }
  return {vocabularySize, contextLength, alphabet, merges, counts};
}

function countWords(captions: readonly string[], options: CleanOptions): Word[] {
  const counts = new Map<string, number>();
  for (const caption of captions) {
    for (const [word] of cleanText(caption, options).text.matchAll(wordPattern)) {
      if (word !== startToken && word !== endToken) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([word, count]) => ({symbols: startSymbols(word), count}));
}

/** All symbols that occur, in the order of their text; the commonest where there are more than fit. */
function commonestSymbols(words: readonly Word[], room: number): string[] {
  const counts = new Map<string, number>();
  for (const {symbols, count} of words) for (const symbol of symbols) counts.set(symbol, (counts.get(symbol) ?? 0) + count);
  const common = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, room);
  return common.map(([symbol]) => symbol).sort();
}

/** How often each pair of neighbours occurs, kept up to date merge by merge: only the words that hold a pair are counted again. */
class PairCounts {
  private readonly counts = new Map<string, number>();
  private readonly holders = new Map<string, Set<Word>>();

  constructor(words: readonly Word[]) {
    for (const word of words) this.add(word, 1);
  }

  /** The pair that occurs most often; among equals the one first in the order of the text. */
  commonest(): {pair: Merge; count: number} | null {
    let [best, most] = ["", 0];
    for (const [pair, count] of this.counts) if (count > most || (count === most && pair < best)) [best, most] = [pair, count];
    return most > 0 ? {pair: best.split(" ") as unknown as Merge, count: most} : null;
  }

  merge(pair: Merge): void {
    for (const word of [...(this.holders.get(pair.join(" ")) ?? [])]) {
      this.add(word, -1);
      word.symbols = applyMerge(word.symbols, pair);
      this.add(word, 1);
    }
  }

  /** Counts a word's pairs in (sign 1) or out (-1). */
  private add(word: Word, sign: 1 | -1): void {
    for (let i = 0; i + 1 < word.symbols.length; i++) {
      const pair = `${word.symbols[i]} ${word.symbols[i + 1]}`;
      const count = (this.counts.get(pair) ?? 0) + sign * word.count;
      const holders = this.holders.get(pair) ?? new Set();
      if (sign > 0) holders.add(word);
      else holders.delete(word);
      if (count > 0) {
        this.counts.set(pair, count);
        this.holders.set(pair, holders);
      } else {
        this.counts.delete(pair);
        this.holders.delete(pair);
      }
    }
  }
}
