import {readFileSync} from "node:fs";
import {join} from "node:path";
import {beforeAll, describe, expect, test} from "vitest";
import {startSymbols, wordPattern} from "../../src/clip/byte-pairs.ts";
import {cleanText} from "../../src/clip/clean-text.ts";
import {openAiTokenizer} from "../../src/clip/openai-tokenizer.ts";
import {createTokenizer} from "../../src/clip/tokenizer.ts";
import type {Tokenizer} from "../../src/clip/tokenizer.ts";
import {learnVocabulary, trainTokenizer} from "../../src/clip/train-tokenizer.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import {needsShared, sharedFolder} from "../left-out.ts";

describe("OpenAI's tokenizer", () => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await openAiTokenizer();
  });

  test("gives OpenAI's ids for every reference text", needsShared("reference/tokenizer.json"), () => {
    const {rows} = JSON.parse(readFileSync(join(sharedFolder, "reference/tokenizer.json"), "utf8")) as {rows: {text: string; ids: number[]}[]};
    const wrong = rows.filter(({text, ids}) => `${tokenizer.encode(text)}` !== `${ids}`);
    expect(rows.length).toBe(396);
    expect(wrong).toEqual([]);
  });

  test("has CLIP's ids", () => {
    expect(tokenizer.encode("a photo of a cat")).toEqual([320, 1125, 539, 320, 2368]);
    expect([tokenizer.startId, tokenizer.endId, tokenizer.vocabularySize]).toEqual([49406, 49407, 49408]);
  });

  test("decodes what it encoded, cleaned", () => {
    const text = "two  Dogs &amp; a café, naïve 👩‍👩‍👧 日本語!";
    expect(tokenizer.decode(tokenizer.encode(text))).toBe("two dogs & a café , naïve 👩‍👩‍👧 日本語 !");
    const {ids} = tokenizer.encodeBatch(["a cat!"]);
    expect(tokenizer.decode(ids)).toBe("a cat !");
  });

  test("knows which characters of the caption each token covers", () => {
    const text = "  A Dog &amp;amp;\n Ünder   İstanbul's 👩‍👧 sky";
    const words = tokenizer.pieces(text).map(({begin, end}) => text.slice(begin, end));
    expect(words.slice(0, 3)).toEqual(["A", "Dog", "&amp;amp;"]);
    expect(words.at(-1)).toBe("sky");
    for (const {symbol, begin, end} of tokenizer.pieces(text)) {
      expect(begin).toBeLessThan(end);
      if (/^[a-z]+(<\/w>)?$/.test(symbol)) expect(text.slice(begin, end).toLowerCase().normalize()).toContain(symbol.replace("</w>", "").slice(0, 1));
    }
  });

  test("cuts long captions, keeps their end, and counts them", () => {
    const {ids, truncated} = tokenizer.encodeBatch(["a cat", "dog ".repeat(100), "dog ".repeat(75), "dog ".repeat(76)]);
    const row = (i: number) => [...ids.slice(i * 77, (i + 1) * 77)];
    expect(truncated).toBe(2);
    expect(row(0).slice(0, 5)).toEqual([49406, 320, 2368, 49407, 0]);
    for (const i of [1, 2, 3]) expect([row(i)[0], row(i)[76]]).toEqual([49406, 49407]);
    expect(row(2).slice(1, 76)).toEqual(Array(75).fill(row(2)[1]));
  });
});

const captions = ["a brown dog on green grass", "two red kites over a beach at night", "the dog runs, the dog jumps!", "a dog's brown ball", "night falls on the beach", "Grass, grass & more grass 5 times"];

/** The definition, counting all pairs again after each merge. */
function learnSlowly(texts: readonly string[], merges: number): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) for (const [word] of cleanText(text).text.matchAll(wordPattern)) counts.set(word, (counts.get(word) ?? 0) + 1);
  let words = [...counts].map(([word, count]) => ({symbols: startSymbols(word), count}));
  const learnt: string[] = [];
  while (learnt.length < merges) {
    const pairs = new Map<string, number>();
    for (const {symbols, count} of words) for (let i = 0; i + 1 < symbols.length; i++) pairs.set(`${symbols[i]} ${symbols[i + 1]}`, (pairs.get(`${symbols[i]} ${symbols[i + 1]}`) ?? 0) + count);
    const [best] = [...pairs].filter(([, count]) => count >= 2).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    if (!best) break;
    learnt.push(best[0]);
    const [left, right] = best[0].split(" ");
    words = words.map(({symbols, count}) => {
      const merged: string[] = [];
      for (let i = 0; i < symbols.length; i++) merged.push(symbols[i] === left && symbols[i + 1] === right ? symbols[i] + symbols[++i] : symbols[i]);
      return {symbols: merged, count};
    });
  }
  return learnt;
}

test("learning merges the commonest pair again and again", () => {
  const {merges, counts} = learnVocabulary(captions, {vocabularySize: 200, contextLength: 16});
  const slowly = learnSlowly(captions, merges.length);
  expect(merges.map((pair) => pair.join(" "))).toEqual(slowly);
  expect(merges.length).toBeGreaterThan(20);
  expect(counts!.every((count, i) => count >= 2 && (i === 0 || count <= counts![i - 1]))).toBe(true);
});

test("the order of the captions does not matter", () => {
  const options = {vocabularySize: 90, contextLength: 16};
  expect(learnVocabulary(seededRandom(1).shuffle(captions), options)).toEqual(learnVocabulary(captions, options));
});

test("a learnt tokenizer keeps to its vocabulary, pads with 0, and ends with its largest id", () => {
  const tokenizer = trainTokenizer(captions, {vocabularySize: 100, contextLength: 12});
  const {ids, truncated} = tokenizer.encodeBatch(captions);
  expect([tokenizer.startId, tokenizer.endId]).toEqual([98, 99]);
  for (let row = 0; row < captions.length; row++) {
    const tokens = [...ids.slice(row * 12, row * 12 + 12)];
    const end = tokens.indexOf(99);
    expect(tokens[0]).toBe(98);
    expect(tokens.slice(1, end).every((id) => id > 0 && id < 98)).toBe(true);
    expect(tokens.slice(end + 1).every((id) => id === 0)).toBe(true);
  }
  expect(truncated).toBe(captions.filter((caption) => tokenizer.encode(caption).length + 2 > 12).length);
  expect(truncated).toBeGreaterThan(0);
  expect(tokenizer.decode(tokenizer.encode(captions[0]))).toBe(captions[0]);
});

test("bytes never seen become 0, and the rest is read", () => {
  const tokenizer = trainTokenizer(captions, {vocabularySize: 100, contextLength: 16});
  const pieces = tokenizer.pieces("dog Ω");
  expect(pieces[0]).toMatchObject({id: tokenizer.encode("dog")[0], begin: 0, end: 3});
  expect(pieces.slice(1).every(({id, begin, end}) => id === 0 && begin === 4 && end === 5)).toBe(true);
});

test("merges are replayed one by one", () => {
  const tokenizer = trainTokenizer(captions, {vocabularySize: 200, contextLength: 16});
  const steps = tokenizer.mergeSteps("grass");
  expect(steps.length).toBe(4);
  expect(steps.at(-1)!.symbols).toEqual(["grass</w>"]);
  steps.forEach(({symbols, merge}) => {
    expect(symbols.join("")).toBe("grass</w>");
    expect(symbols).toContain(merge.join(""));
  });
  const lengths = Array.from({length: tokenizer.spec.merges.length + 1}, (_, mergesUsed) => tokenizer.encode(captions[5], {mergesUsed}).length);
  expect(lengths[0]).toBe(captions[5].replaceAll(" ", "").length);
  expect(lengths.every((length, i) => i === 0 || length <= lengths[i - 1])).toBe(true);
  expect(lengths.at(-1)).toBe(tokenizer.encode(captions[5]).length);
});

test("a tokenizer comes back from its specification", () => {
  const tokenizer = trainTokenizer(captions, {vocabularySize: 120, contextLength: 16});
  const again = createTokenizer(JSON.parse(JSON.stringify(tokenizer.spec)));
  expect(again.encodeBatch(captions)).toEqual(tokenizer.encodeBatch(captions));
});

test("a vocabulary too small for its symbols is refused with the numbers", () => {
  expect(() => createTokenizer({vocabularySize: 10, contextLength: 8, alphabet: Array.from("abcdefghi"), merges: []})).toThrow(/9 symbols, 0 merges.*vocabulary of 10/);
});

test("a repair runs first, where one is given", () => {
  expect(cleanText("schÃ¶n", {repair: (text) => text.replace("Ã¶", "ö")}).text).toBe("schön");
});
