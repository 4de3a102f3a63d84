import {readFileSync} from "node:fs";
import {join} from "node:path";
import {describe, expect, it} from "vitest";
import {readCaptions} from "../../src/data/captions/read.ts";
import {matchPairs} from "../../src/data/match.ts";
import {nearDuplicates} from "../../src/data/near-duplicates.ts";
import {needsShared, sharedFolder} from "../left-out.ts";

const flickr = join(sharedFolder, "flickr30k-subset");
const pairsIn = (text: string, name = "captions") => readCaptions(text, name).images.map(({image, captions}) => [image, captions]);

describe("readCaptions tells the form from the content", () => {
  const same = [["a.jpg", ["A dog .", "Two dogs ."]], ["b c.jpg", ["A cat , asleep ."]]];
  const forms: [string, string][] = [
    ["Kaggle's results.csv", "image_name| comment_number| comment\na.jpg| 0| A dog .\na.jpg| 1| Two dogs .\nb c.jpg| 0| A cat , asleep .\n"],
    ["results_20130124.token", "a.jpg#0\tA dog .\na.jpg#1\tTwo dogs .\nb c.jpg#0\tA cat , asleep .\n"],
    ["Karpathy's JSON", JSON.stringify({images: [{filename: "a.jpg", split: "train", sentences: [{raw: "A dog ."}, {raw: "Two dogs ."}]}, {filename: "b c.jpg", split: "test", sentences: [{raw: "A cat , asleep ."}]}]})],
    ["COCO's JSON", JSON.stringify({images: [{id: 7, file_name: "a.jpg"}, {id: 3, file_name: "b c.jpg"}], annotations: [{image_id: 3, caption: "A cat , asleep ."}, {image_id: 7, caption: "A dog ."}, {image_id: 7, caption: "Two dogs ."}]})],
    ["Kaggle's captions.txt", 'image,caption\na.jpg,A dog .\na.jpg,Two dogs .\nb c.jpg,"A cat , asleep ."\n'],
    ["open_clip's TSV", "filepath\ttitle\na.jpg\tA dog .\na.jpg\tTwo dogs .\nb c.jpg\tA cat , asleep .\n"],
    ["two columns without a header", "a.jpg,A dog .\na.jpg,Two dogs .\nb c.jpg,A cat , asleep .\n"],
    ["columns in another order", 'caption,split,image\nA dog .,train,a.jpg\nTwo dogs .,train,a.jpg\n"A cat , asleep .",test,b c.jpg\n']
  ];
  it.each(forms)("%s", (_form, text) => expect(pairsIn(text)).toEqual(same));
  it.each(forms)("%s, with a byte-order mark and Windows line ends", (_form, text) => {
    const bytes = new TextEncoder().encode(`\uFEFF${text.replaceAll("\n", "\r\n")}`);
    expect(readCaptions(bytes, "x").images.map(({image, captions}) => [image, captions])).toEqual(same);
  });

  it("takes the splits where there are some, and restval for training", () => {
    const table = readCaptions(JSON.stringify({images: ["train", "restval", "val", "test"].map((split, i) => ({filename: `${i}.jpg`, split, sentences: [{raw: "x"}]}))}), "k.json");
    expect(table.images.map(({split}) => split)).toEqual(["train", "train", "val", "test"]);
    expect(readCaptions("image,caption,split\na.jpg,A dog,test\n", "x.csv").images[0].split).toBe("test");
  });
});

describe("defects are named by file and line", () => {
  it("repairs the public row without its second separator", () => {
    const table = readCaptions("image_name| comment_number| comment\n2199200615.jpg| 3| A dog .\n2199200615.jpg| 4   A dog runs across the grass .\nx.jpg| 0| A bird .\n", "results.csv");
    expect(table.images[0].captions).toEqual(["A dog .", "A dog runs across the grass ."]);
    expect(table.problems).toEqual([{where: "results.csv", line: 3, kept: true, what: expect.stringContaining("second separator is missing")}]);
  });

  it("leaves out what it cannot read and keeps the rest", () => {
    const table = readCaptions("a.jpg#0\tA dog .\nnonsense\nb.jpg#0\t   \nc.jpg#0\tA cat .\nd.jpg#0\tA cow .", "t.token");
    expect(table.images.map(({image}) => image)).toEqual(["a.jpg", "c.jpg", "d.jpg"]);
    expect(table.problems.map(({line, kept}) => [line, kept])).toEqual([[2, false], [3, false]]);
  });

  it("keeps a caption of 10,000 characters whole, and says so", () => {
    const long = "dog ".repeat(2500).trim();
    const table = readCaptions(`image,caption\na.jpg,${long}\n`, "x.csv");
    expect(table.images[0].captions).toEqual([long]);
    expect(table.problems[0]).toMatchObject({line: 2, kept: true, what: expect.stringContaining("9,999 characters")});
  });

  it("reads quotes as RFC 4180 has them, lines inside quotes too, and survives a quote that never closes", () => {
    const table = readCaptions('image,caption\na.jpg,"He said ""sit"",\nand it sat"\nb.jpg,"Half open\nc.jpg,Fine\n', "q.csv");
    expect(table.images.map(({captions, line}) => [captions[0], line])).toEqual([['He said "sit",\nand it sat', 2], ['"Half open', 4], ["Fine", 5]]);
    expect(table.problems).toMatchObject([{line: 4, kept: true}]);
  });

  it("says what a file of an unknown form begins with", () => {
    expect(() => readCaptions("once upon a time", "story.txt")).toThrow(/story.txt is a captions file of no form that is known here: its first line is "once upon a time"/);
    expect(() => readCaptions("", "empty.csv")).toThrow(/empty.csv is empty/);
    expect(() => readCaptions('{"images": [', "cut.json")).toThrow(/^cut.json is no JSON: it ends in the middle; write it anew$/);
    expect(() => readCaptions('{"a": 1}', "other.json")).toThrow(/neither Karpathy's form .* nor COCO's/);
  });
});

describe("matchPairs", () => {
  const files = (...paths: string[]) => ({name: "photos", entries: paths.map((path) => ({path, size: 1}))});
  const table = (...images: string[]) => readCaptions(images.map((image) => `${image}#0\tSomething .`).join("\n"), "t");

  it("finds images by path, by name alone, and with accents written in either way", () => {
    const {pairs, problems} = matchPairs(files("in/a.jpg", "b b.jpg", "cafe\u0301.jpg"), table("a.jpg", "b b.jpg", "caf\u00e9.jpg"), {where: "t"});
    expect(pairs.map(({path}) => path)).toEqual(["in/a.jpg", "b b.jpg", "cafe\u0301.jpg"]);
    expect(problems).toEqual([]);
  });

  it("names the caption without an image and the image without captions", () => {
    const {pairs, problems} = matchPairs(files("a.jpg", "lonely.jpg", "notes.pdf"), table("a.jpg", "2258277193_586949ec62.jpg.1"), {where: "t"});
    expect(pairs.map(({id}) => id)).toEqual(["a.jpg"]);
    expect(problems).toMatchObject([
      {where: "t", line: 2, kept: false, what: expect.stringContaining("2258277193_586949ec62.jpg.1 is not in photos")},
      {where: "photos/lonely.jpg", kept: false, what: expect.stringContaining("no caption")}
    ]);
  });

  it("splits by the seed alone when nothing else tells, whatever the order", () => {
    const names = Array.from({length: 50}, (_, i) => `${i}.jpg`);
    const splits = (order: string[], seed: number) => Object.fromEntries(matchPairs(files(...names), table(...order), {where: "t", seed}).pairs.map(({id, split}) => [id, split]));
    const first = splits(names, 1);
    expect(Object.values(first).filter((split) => split === "test").length).toBe(5);
    expect(splits([...names].reverse(), 1)).toEqual(first);
    expect(splits(names, 2)).not.toEqual(first);
  });
});

describe("nearDuplicates", () => {
  it("finds captions of different images that share their words, the most alike first, two images once", () => {
    const twins = nearDuplicates([["A dog runs on the grass .", "Two cats"], ["a dog runs on the grass", "a dog runs on grass"], ["The dog runs on the green grass ."], ["A red car"]], {threshold: 0.7});
    expect(twins.map(({a, b, overlap}) => [a.row, b.row, Number(overlap.toFixed(2))])).toEqual([[0, 1, 1], [0, 2, 0.71], [1, 2, 0.71]]);
  });
});

describe("the Flickr30k subset", needsShared("flickr30k-subset"), () => {
  const read = (name: string) => readCaptions(readFileSync(join(flickr, name)), name);
  it("is the same in all three forms, with one row repaired", () => {
    const [csv, token, karpathy] = ["results.csv", "results_20130124.token", "dataset_flickr30k.json"].map(read);
    const plain = (table: typeof csv) => table.images.map(({image, captions}) => [image, captions]);
    expect(plain(token)).toEqual(plain(csv));
    expect(plain(karpathy)).toEqual(plain(csv));
    expect(csv.images.length).toBe(2985);
    expect(csv.problems).toMatchObject([{line: 2236, kept: true}]);
    expect([token.problems, karpathy.problems]).toEqual([[], []]);
    const count = (split: string) => karpathy.images.filter((row) => row.split === split).length;
    expect([count("train"), count("val"), count("test")]).toEqual([2500, 242, 243]);
  });
});
