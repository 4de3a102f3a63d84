/**
 * Captions to token ids and back, over a byte-pair vocabulary that someone else made: OpenAI's (openai-tokenizer.ts) or one learnt
 * from captions (train-tokenizer.ts). Start and end have the two largest ids, the end the largest: the text tower finds it so.
 */
import {isObject, shown} from "../json.ts";
import {configRanges} from "../limits.ts";
import {byteSymbolsInOrder, MergeRanks, mergeSteps, startSymbols, symbolBytes, wordEnd, wordPattern} from "./byte-pairs.ts";
import type {Merge, MergeStep} from "./byte-pairs.ts";
import {cleanText} from "./clean-text.ts";
import type {CleanOptions} from "./clean-text.ts";

/** Everything that a tokenizer is, as plain data. */
export interface TokenizerSpec {
  /** Number of ids, unused ones included. */
  vocabularySize: number;
  /** Tokens a caption, start, end and padding included. */
  contextLength: number;
  /** The first ids' symbols, in order; the merges' symbols follow. */
  alphabet: readonly string[];
  merges: readonly Merge[];
  /** How often each merge's pair stood in the captions when it was learnt; for showing. */
  counts?: readonly number[];
}

/** One token of a caption. */
export interface Piece {
  id: number;
  /** Its symbol, such as "dog</w>". */
  symbol: string;
  /** The characters (UTF-16 units) of the caption that it covers: from `begin` up to, not including, `end`. */
  begin: number;
  end: number;
}

export interface TokenBatch {
  /** [texts, contextLength]: start, tokens, end, zeros. */
  ids: Int32Array;
  /** How many captions were too long and were cut, keeping their end token. */
  truncated: number;
}

export interface EncodeOptions {
  /** Use only the first merges, as if learning had stopped there. */
  mergesUsed?: number;
}

export interface Tokenizer {
  spec: TokenizerSpec;
  vocabularySize: number;
  contextLength: number;
  startId: number;
  endId: number;
  /** Ids without start and end. */
  encode(text: string, options?: EncodeOptions): number[];
  /** Ids with the characters that each covers. */
  pieces(text: string, options?: EncodeOptions): Piece[];
  encodeBatch(texts: readonly string[]): TokenBatch;
  /** Text of ids; padding, start and end give nothing. A word's mark becomes a space, and none is left at the end. */
  decode(ids: ArrayLike<number>): string;
  /** A token's symbol; undefined for ids that stand for nothing. */
  symbol(id: number): string | undefined;
  /** The merges that build a word, one by one. */
  mergeSteps(word: string): MergeStep[];
}

export const startToken = "<|startoftext|>";
export const endToken = "<|endoftext|>";

/** Stands for padding and for bytes that no caption of the training set had. OpenAI's vocabulary has no such: there 0 is "!". */
export const paddingSymbol = "<|pad|>";

/** A symbol of more characters is no piece of a word. */
const longestSymbol = 1000;

export const isSymbol = (value: unknown): value is string => typeof value === "string" && value !== "" && value.length <= longestSymbol;
export const isMerge = (value: unknown): value is Merge => Array.isArray(value) && value.length === 2 && value.every(isSymbol);

/** Reads a specification out of a file that `name` tells. Throws an Error that begins with it where a part is missing or of another kind. */
export function checkTokenizerSpec(spec: unknown, name: string): TokenizerSpec {
  const refuse = (what: string, came: unknown, expected: string): never => {
    throw new Error(`${name}: its tokenizer's ${what} is ${shown(came)}; expected ${expected}`);
  };
  if (!isObject(spec)) throw new Error(`${name}: its tokenizer is ${shown(spec)}; expected an object`);
  for (const field of ["vocabularySize", "contextLength"] as const) {
    const [least, most] = configRanges[field];
    const value = spec[field];
    if (!(Number.isInteger(value) && (value as number) >= least && (value as number) <= most)) refuse(field, value, `a whole number from ${least} to ${most.toLocaleString("en")}`);
  }
  const {alphabet, merges, counts} = spec;
  if (!(Array.isArray(alphabet) && alphabet.every(isSymbol))) refuse("alphabet", alphabet, "a list of symbols");
  if (!(Array.isArray(merges) && merges.every(isMerge))) refuse("merges", merges, "a list of pairs of symbols");
  if (counts !== undefined && !(Array.isArray(counts) && counts.every((count) => typeof count === "number"))) refuse("counts", counts, "a list of numbers");
  return spec as unknown as TokenizerSpec;
}

/** Makes the tokenizer of a specification. Throws a RangeError where its symbols do not fit its vocabulary. */
export function createTokenizer(spec: TokenizerSpec, options: CleanOptions = {}): Tokenizer {
  const {vocabularySize, contextLength, alphabet, merges} = spec;
  if (alphabet.length + merges.length + 2 > vocabularySize) {
    throw new RangeError(`tokenizer: ${alphabet.length} symbols, ${merges.length} merges, start and end do not fit a vocabulary of ${vocabularySize}`);
  }
  if (contextLength < 2) throw new RangeError(`tokenizer: a context of ${contextLength} has no room for start and end`);
  const symbols = [...alphabet, ...merges.map(([left, right]) => left + right)];
  const ids = new Map(symbols.map((symbol, id) => [symbol, id]));
  const [startId, endId] = [vocabularySize - 2, vocabularySize - 1];
  const special = new Map([[startToken, startId], [endToken, endId]]);
  const ranks = new MergeRanks(merges);
  const cache = new Map<string, readonly string[]>();

  const splitWord = (word: string, mergesUsed: number): readonly string[] => {
    if (mergesUsed < merges.length) return lastOf(mergeSteps(word, ranks, mergesUsed)) ?? startSymbols(word);
    const known = cache.get(word);
    if (known) return known;
    const parts = lastOf(mergeSteps(word, ranks)) ?? startSymbols(word);
    // Captions repeat their words; but text from a reader could be endless.
    if (cache.size < 100_000) cache.set(word, parts);
    return parts;
  };

  const pieces = (text: string, {mergesUsed = merges.length}: EncodeOptions = {}): Piece[] => {
    const clean = cleanText(text, options);
    const found: Piece[] = [];
    for (const {0: word, index} of clean.text.matchAll(wordPattern)) {
      const specialId = special.get(word);
      if (specialId !== undefined) {
        found.push({id: specialId, symbol: word, begin: clean.begin[index], end: clean.end[index + word.length - 1]});
        continue;
      }
      const units = unitsOfBytes(word);
      let byte = 0;
      for (const symbol of splitWord(word, mergesUsed)) {
        const last = byte + symbolLength(symbol) - 1;
        found.push({id: ids.get(symbol) ?? 0, symbol, begin: clean.begin[index + units.first[byte]], end: clean.end[index + units.last[last]]});
        byte = last + 1;
      }
    }
    return found;
  };

  const encode = (text: string, options?: EncodeOptions) => pieces(text, options).map(({id}) => id);
  const symbol = (id: number) => (id === startId ? startToken : id === endId ? endToken : symbols[id]);

  return {
    spec,
    vocabularySize,
    contextLength,
    startId,
    endId,
    encode,
    pieces,
    symbol,
    mergeSteps: (word) => [...mergeSteps(word, ranks)],
    encodeBatch(texts) {
      const batch = new Int32Array(texts.length * contextLength);
      let truncated = 0;
      texts.forEach((text, row) => {
        const tokens = [startId, ...encode(text), endId];
        if (tokens.length > contextLength) {
          tokens.length = contextLength;
          tokens[contextLength - 1] = endId;
          truncated++;
        }
        batch.set(tokens, row * contextLength);
      });
      return {ids: batch, truncated};
    },
    decode(tokens) {
      const bytes: number[] = [];
      // Behind the end token there is padding, which in OpenAI's vocabulary is also the exclamation mark.
      const end = Array.prototype.indexOf.call(tokens, endId);
      for (let i = 0; i < (end < 0 ? tokens.length : end); i++) {
        const text = tokens[i] === startId ? undefined : symbols[tokens[i]];
        if (text === undefined || text === paddingSymbol) continue;
        bytes.push(...symbolBytes(text));
        if (text.endsWith(wordEnd)) bytes.push(0x20);
      }
      return new TextDecoder().decode(Uint8Array.from(bytes)).trimEnd();
    }
  };
}

/** The alphabet of CLIP's own vocabulary: all bytes, then all bytes at a word's end. */
export function wholeAlphabet(): string[] {
  return [...byteSymbolsInOrder, ...byteSymbolsInOrder.map((symbol) => symbol + wordEnd)];
}

function lastOf(steps: Iterable<MergeStep>): readonly string[] | undefined {
  let symbols: readonly string[] | undefined;
  for (const step of steps) symbols = step.symbols;
  return symbols;
}

function symbolLength(symbol: string): number {
  return symbol.endsWith(wordEnd) ? symbol.length - wordEnd.length : symbol.length;
}

/** For each UTF-8 byte of a word, the first and last UTF-16 unit of the character it belongs to. */
function unitsOfBytes(word: string): {first: number[]; last: number[]} {
  const first: number[] = [];
  const last: number[] = [];
  let unit = 0;
  for (const character of word) {
    const point = character.codePointAt(0)!;
    const bytes = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (let i = 0; i < bytes; i++) {
      first.push(unit);
      last.push(unit + character.length - 1);
    }
    unit += character.length;
  }
  return {first, last};
}
