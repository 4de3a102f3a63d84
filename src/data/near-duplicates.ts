/** Finds captions that say nearly the same about different images: what a contrastive loss takes for wrong and is right. Reads words, not meanings. */

export interface NearDuplicate {
  a: {row: number; caption: number};
  b: {row: number; caption: number};
  /** Shared words over all words of both, 0 to 1; 1 for the same words. */
  overlap: number;
}

/**
 * Pairs of captions of different images that share at least `threshold` of their words (Jaccard), the most alike first, at
 * most `limit`, two images once. Exact up to this: candidates must share one of their three rarest words.
 */
export function nearDuplicates(captions: readonly (readonly string[])[], {threshold = 0.75, limit = 100}: {threshold?: number; limit?: number} = {}): NearDuplicate[] {
  const all = captions.flatMap((own, row) => own.map((text, caption) => ({row, caption, words: new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])})));
  const frequency = new Map<string, number>();
  for (const {words} of all) for (const word of words) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  const holders = new Map<string, number[]>();
  const found: NearDuplicate[] = [];
  all.forEach((one, i) => {
    const rarest = [...one.words].sort((x, y) => frequency.get(x)! - frequency.get(y)!).slice(0, 3);
    const compared = new Set<number>();
    for (const word of rarest) {
      const others = holders.get(word) ?? [];
      for (const j of others) {
        const other = all[j];
        if (other.row === one.row || compared.has(j)) continue;
        compared.add(j);
        const overlap = jaccard(one.words, other.words);
        if (overlap >= threshold) found.push({a: {row: other.row, caption: other.caption}, b: {row: one.row, caption: one.caption}, overlap});
      }
      // A word that thousands share tells nothing, and would cost their square.
      if (others.length < 2000) holders.set(word, [...others, i]);
    }
  });
  found.sort((x, y) => y.overlap - x.overlap || x.a.row - y.a.row || x.b.row - y.b.row);
  // Two pictures once, however many of their captions agree.
  const seen = new Set<string>();
  return found.filter(({a, b}) => !seen.has(`${a.row}/${b.row}`) && seen.add(`${a.row}/${b.row}`)).slice(0, limit);
}

function jaccard(a: Set<string>, b: Set<string>): number {
  let shared = 0;
  for (const word of a) if (b.has(word)) shared++;
  return shared / (a.size + b.size - shared || 1);
}
