/** Notebook files as text: whatever is not changed stays byte for byte; every notebook of the house survives, here and in Notebook Kit. */
import {readdirSync, readFileSync} from "node:fs";
import {join} from "node:path";
import {serialize, transpile} from "@observablehq/notebook-kit";
import {JSDOM} from "jsdom";
import {describe, expect, it} from "vitest";
import {checksum, emptyNotebook, parseNotebook} from "../../src/notebook/file.ts";

const {DOMParser, document} = new JSDOM().window;
const parse = (text: string) => parseNotebook(text, {parser: new DOMParser()});

const odd = "\uFEFF<!DOCTYPE html>\r\n<notebook   theme='air' readonly>\r\n  <title>A &amp; B</title>\r\n\r\n  <!-- <script id=9></script> -->\r\n  <script type=module id=3 pinned data-own='>'>\r\n      const a = '<\\/script>';\r\n\r\n  </script>\r\n\t<!-- between -->\r\n  <script id=\"5\" type=\"text/markdown\">\r\nno indent\r\n  </script ></notebook>\r\n<!-- after -->\r\n";

describe("parseNotebook", () => {
  it("writes what it read, byte for byte", () => {
    for (const text of [odd, emptyNotebook("x"), ...readdirSync("notebooks").filter((name) => name.endsWith(".html")).map((name) => readFileSync(join("notebooks", name), "utf8"))]) {
      const {cells, write} = parse(text);
      expect(write(cells)).toBe(text);
    }
  });

  it("changes the changed cell only, in the file's own line ends", () => {
    const {cells, write} = parse(odd);
    const text = write(cells.map((cell) => (cell.id === 5 ? {...cell, value: "one\n\ntwo"} : cell)));
    expect(text).toBe(odd.replace("\r\nno indent\r\n  ", "\r\n    one\r\n\r\n    two\r\n  "));
  });

  it("changes attributes without touching the others", () => {
    const {cells, write} = parse(odd);
    const text = write(cells.map((cell) => (cell.id === 3 ? {...cell, mode: "ts" as const, pinned: false} : cell)));
    expect(text).toContain("<script type=\"text/x-typescript\" id=3 data-own='>'>");
    expect(parse(text).cells[0]).toMatchObject({mode: "ts", pinned: false, value: cells[0].value});
  });

  it("inserts, moves and deletes, and keeps the comments between", () => {
    const {cells, write} = parse(odd);
    const [a, b] = cells;
    const added = write([b, {...a, id: 6, value: "new </script> one"}, a]);
    expect(parse(added).cells.map(({id, value}) => [id, value])).toEqual([
      [5, b.value],
      [6, "new </script> one"],
      [3, a.value]
    ]);
    expect(added).toContain("<!-- between -->");
    const removed = write([a]);
    expect(parse(removed).cells.map(({id}) => id)).toEqual([3]);
    expect(removed).toContain("<!-- between -->");
    expect(parse(write([])).cells).toEqual([]);
  });

  it("writes another title as text", () => {
    const {cells, write} = parse(odd);
    expect(parse(write(cells, "<b> & c")).title).toBe("<b> & c");
  });

  it("says so when a text is no notebook", () => {
    expect(() => parse("<html></html>")).toThrow("no <notebook>");
  });

  it("tells texts apart", () => {
    expect(checksum("a")).not.toBe(checksum("b"));
  });
});

describe("every notebook", () => {
  const names = readdirSync("notebooks").filter((name) => name.endsWith(".html"));
  it.each(names)("%s is parsed, transpiled and written by Notebook Kit's own code without a change", (name) => {
    const text = readFileSync(join("notebooks", name), "utf8");
    const {title, cells} = parse(text);
    expect(title).not.toBe("");
    for (const cell of cells) expect(() => transpile(cell)).not.toThrow();
    const kit = serialize({title, theme: "air", readOnly: false, cells: cells.map((cell) => ({...cell}))}, {document});
    expect(parse(kit).cells).toEqual(cells);
  });
});
