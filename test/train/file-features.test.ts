import {createServer} from "node:http";
import type {AddressInfo} from "node:net";
import {afterAll, beforeAll, expect, test} from "vitest";
import {dealSplits, pickPairs} from "../../src/data/select.ts";
import {postcards} from "../../src/data/postcards/index.ts";
import {openFileFeatures} from "../../src/train/file-features.ts";

const files: Record<string, string> = {
  "/a/vectors.csv": "0,1\n2,3\n4,5\n",
  "/a/index.csv": "row,picture,words\n2,folder/one.jpg,x\n0,three.jpg,y\n1,,z\n",
  "/b/vectors.csv": "0,1\n",
  "/b/index.csv": "row,picture\n7,one.jpg\n",
  "/c/vectors.csv": "0,1\n",
  "/c/index.csv": "picture\nnobody.jpg\n"
};
const server = createServer((request, response) => {
  const text = files[request.url!];
  response.writeHead(text ? 200 : 404).end(text);
});
let baseUrl = "";
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => void server.close());

const pairs = {name: "mine", ids: ["one", "two.jpg", "three.jpg"]};

test("embeddings are matched by name, in the set's order; pictures without one are left out", async () => {
  const {rows, features} = (await openFileFeatures({address: "a/vectors.csv"}, {baseUrl})).match(pairs);
  expect(rows).toEqual([0, 2]);
  expect(features).toEqual({data: Float32Array.of(4, 5, 0, 1), width: 2});
});

test("what cannot be says so, by file and line", async () => {
  await expect(openFileFeatures({address: "nowhere.npy"}, {baseUrl})).rejects.toThrow("nowhere.npy could not be read (404): expected a matrix of embeddings there");
  await expect(openFileFeatures({address: "a/vectors.csv", index: "no.csv"}, {baseUrl})).rejects.toThrow("no.csv could not be read (404)");
  const far = await openFileFeatures({address: "b/vectors.csv"}, {baseUrl});
  expect(() => far.match(pairs)).toThrow("b/index.csv, line 2: row 7 is not in b/vectors.csv, which has 1 rows");
  const strange = await openFileFeatures({address: "c/vectors.csv"}, {baseUrl});
  expect(() => strange.match(pairs)).toThrow('no picture of mine is named in c/index.csv: it has names such as ["nobody.jpg"], the set such as "one"');
});

test("splits can be dealt anew, and rows picked with all that is theirs", () => {
  const set = postcards({count: 20, sizePx: 16});
  const dealt = dealSplits(set, {train: 12, seed: 2});
  expect(dealt.splits.filter((split) => split === "train").length).toBe(12);
  expect(dealt.splits.filter((split) => split === "test").length).toBe(8);
  expect(dealSplits(set, {train: 12, seed: 2}).splits).toEqual(dealt.splits);
  expect(() => dealSplits(set, {train: 20})).toThrow("train is a whole number from 1 to 19");
  const picked = pickPairs(set, [7, 3]);
  expect(picked.ids).toEqual([set.ids[7], set.ids[3]]);
  expect(picked.pixels.subarray(768)).toEqual(set.pixels.subarray(3 * 768, 4 * 768));
  expect(picked.factors["subject"]).toEqual([set.factors["subject"][7], set.factors["subject"][3]]);
});
