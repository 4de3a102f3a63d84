/** Which class a picture's captions name, where they name one: labels for pictures that nobody labelled. Reads words, sees no picture. */

export interface NamedClassesInput {
  /** The captions of each picture. */
  captions: readonly (readonly string[])[];
  /** The words that stand for each class, by its name; its plural in -s or -es need not be told. */
  words: Readonly<Record<string, readonly string[]>>;
  /** So many of a picture's captions have to name the class; 3 of five. */
  atLeast?: number;
}

/**
 * For each picture the place of its class among `words`, or -1: where fewer than `atLeast` of its captions name it, or where any caption names another class as well.
 * @throws RangeError naming a class without words, or a word that stands for two classes.
 */
export function namedClasses({captions, words, atLeast = 3}: NamedClassesInput): Int32Array {
  const classOf = new Map<string, number>();
  Object.entries(words).forEach(([name, list], c) => {
    if (list.length === 0) throw new RangeError(`words: the class "${name}" has none`);
    for (const word of list.map((word) => word.toLowerCase())) {
      for (const form of [word, `${word}s`, `${word}es`]) {
        const other = classOf.get(form);
        if (other !== undefined && other !== c) throw new RangeError(`words: "${form}" stands for both "${Object.keys(words)[other]}" and "${name}"`);
        classOf.set(form, c);
      }
    }
  });
  return Int32Array.from(captions, (own) => {
    const counts = new Map<number, number>();
    for (const caption of own) {
      const named = new Set((caption.toLowerCase().match(/\p{L}+/gu) ?? []).flatMap((word) => classOf.get(word) ?? []));
      for (const c of named) counts.set(c, (counts.get(c) ?? 0) + 1);
    }
    const [[c, count] = [-1, 0]] = counts;
    return counts.size === 1 && count >= atLeast ? c : -1;
  });
}
