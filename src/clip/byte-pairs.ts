/**
 * Byte-pair encoding (Sennrich et al. 2016) as GPT-2 and CLIP do it: a word's bytes are symbols, its last one marked, and pairs
 * are merged in the order in which they were learnt. Words in, symbols out; vocabularies and captions are the tokenizer's.
 */

/** Two neighbouring symbols that become one. */
export type Merge = readonly [string, string];

/** Marks a word's last symbol. */
export const wordEnd = "</w>";

/** What CLIP calls a word: special tokens, English endings, letters, one digit, or a run of anything else. */
export const wordPattern = /<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\p{White_Space}\p{L}\p{N}]+/giu;

/** GPT-2's printable stand-in for each byte: itself where it is printable Latin-1, the letters from U+0100 on for the rest. */
export const byteSymbols: readonly string[] = makeByteSymbols();

/** The stand-ins in the order of CLIP's vocabulary: printable bytes first. */
export const byteSymbolsInOrder: readonly string[] = [...byteSymbols].sort((a, b) => a.charCodeAt(0) - b.charCodeAt(0));

const bytesBySymbol = new Map(byteSymbols.map((symbol, byte) => [symbol, byte]));

function makeByteSymbols(): string[] {
  const printable = (byte: number) => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let spare = 256;
  return Array.from({length: 256}, (_, byte) => String.fromCharCode(printable(byte) ? byte : spare++));
}

const utf8 = new TextEncoder();

/** A word's bytes as symbols, the last one marked. */
export function startSymbols(word: string): string[] {
  const symbols = Array.from(utf8.encode(word), (byte) => byteSymbols[byte]);
  if (symbols.length > 0) symbols[symbols.length - 1] += wordEnd;
  return symbols;
}

/** Bytes of a symbol, its mark left out. Throws where it holds a character that stands for no byte. */
export function symbolBytes(symbol: string): number[] {
  const text = symbol.endsWith(wordEnd) ? symbol.slice(0, -wordEnd.length) : symbol;
  return Array.from(text, (character) => {
    const byte = bytesBySymbol.get(character);
    if (byte === undefined) throw new Error(`"${symbol}" is not made of byte symbols`);
    return byte;
  });
}

/** Merges by their order of learning. */
export class MergeRanks {
  private readonly ranks = new Map<string, number>();

  constructor(readonly merges: readonly Merge[]) {
    merges.forEach(([left, right], rank) => this.ranks.set(`${left} ${right}`, rank));
  }

  /** Where a pair stands in the order; undefined if it was never learnt. */
  rank(left: string, right: string): number | undefined {
    return this.ranks.get(`${left} ${right}`);
  }
}

/** One merge applied to a word. */
export interface MergeStep {
  /** Its place in the order of learning. */
  rank: number;
  merge: Merge;
  /** The word afterwards. */
  symbols: string[];
}

/** Applies merges to a word one by one, the earliest learnt first; only those of rank below `limit`. */
export function* mergeSteps(word: string, ranks: MergeRanks, limit = Infinity): Generator<MergeStep> {
  let symbols = startSymbols(word);
  for (;;) {
    let best = limit;
    for (let i = 0; i + 1 < symbols.length; i++) best = Math.min(best, ranks.rank(symbols[i], symbols[i + 1]) ?? Infinity);
    if (best === limit || best === Infinity) return;
    const merge = ranks.merges[best];
    symbols = applyMerge(symbols, merge);
    yield {rank: best, merge, symbols};
  }
}

/** Replaces every occurrence of the pair, from the left. */
export function applyMerge(symbols: readonly string[], [left, right]: Merge): string[] {
  const merged: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) {
      merged.push(left + right);
      i++;
    } else merged.push(symbols[i]);
  }
  return merged;
}
