import {expect, test} from "vitest";
import {figuresCsv} from "../../src/cli/figures-csv.ts";

test("a line a number, named by its path; words and data stay out", () => {
  const values = {recall: {imageToText: {1: 0.5, 5: 1}}, losses: [4.2, null, 3], done: true, title: "First light", "a,\"b\"": 2, embeddings: Array.from({length: 5000}, (_, n) => n)};
  expect(figuresCsv(values)).toBe('figure,value\r\nrecall.imageToText.1,0.5\r\nrecall.imageToText.5,1\r\nlosses.0,4.2\r\nlosses.2,3\r\ndone,1\r\n"a,""b""",2\r\n');
});
