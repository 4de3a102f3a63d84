/** A stranger's text: read in one pass whatever is in it, bounded, refused with a sentence. */
import {deflateRawSync} from "node:zlib";
import {JSDOM} from "jsdom";
import {describe, expect, it} from "vitest";
import {parseNotebook} from "../../src/notebook/file.ts";
import {findScripts} from "../../src/notebook/find-scripts.ts";
import {limits} from "../../src/notebook/limits.ts";
import {readSettings, unpack} from "../../src/notebook/share.ts";

const {DOMParser} = new JSDOM().window;
const parse = (text: string) => parseNotebook(text, {parser: new DOMParser()});

/** Long enough that a search which begins anew at every letter takes minutes. */
const long = 300_000;

/** What takes longer hangs, in ms; a busy machine needs a tenth of it. */
const hangMs = 30_000;

describe("a long text", () => {
  const texts: Record<string, [string, number]> = {
    "spaces in the opening tag": [`<notebook ${" ".repeat(long)}`, 0],
    "spaces in the notebook": [`<notebook>${" ".repeat(long)}x`, 0],
    "spaces before a cell": [`<notebook>x${" ".repeat(long)}y<script>1</script>`, 1],
    "tags that end nowhere": [`<notebook>${"<script ".repeat(long / 8)}`, 0],
    "quotes that end nowhere": [`<notebook>${'<script "'.repeat(long / 8)}`, 0],
    "closing tags that end nowhere": [`<notebook><script>${"</script ".repeat(long / 8)}`, 0],
    "comments that end nowhere": [`<notebook>${"<!-- ".repeat(long / 4)}`, 0],
    "titles that end nowhere": [`<notebook>${"<title>".repeat(long / 6)}`, 0]
  };
  it.each(Object.entries(texts))("of %s is scanned and written again at once", {timeout: hangMs}, (_, [text, count]) => {
    expect(findScripts(text)).toHaveLength(count);
  });

  it("of spaces is read and written as it was", {timeout: hangMs}, () => {
    const text = `<notebook><title>x</title>${" ".repeat(long)}<script id="1">\n    1\n  </script>${" ".repeat(long)}x</notebook>`;
    const {cells, write} = parse(text);
    expect(write(cells)).toBe(text);
    expect(write([], "y")).toContain("<title>y</title>");
    expect(parse(write([{...cells[0], mode: "md", hidden: true}])).cells).toMatchObject([{mode: "md", hidden: true}]);
  });
});

describe("limits", () => {
  it("refuses too many cells, too long a cell and too long a text", () => {
    expect(() => parse(`<notebook>${"<script>1</script>".repeat(limits.cells + 1)}</notebook>`)).toThrow("too many cells: 1,001, and 1,000 is the most");
    expect(parse(`<notebook>${"<script>1</script>".repeat(limits.cells)}</notebook>`).cells).toHaveLength(limits.cells);
    expect(() => parse(`<notebook><script>${"x".repeat(limits.cellLength + 1)}</script></notebook>`)).toThrow("Cell 1 of this notebook is too long: it has 524,289 letters");
    expect(() => parse("x".repeat(limits.notebookLength + 1))).toThrow("too long: it has 8,388,609 letters");
  });

  it("unpacks a link no further than a notebook goes", async () => {
    await expect(unpack(deflateRawSync(" ".repeat(5e7)).toString("base64url"))).rejects.toThrow("This notebook is too long");
    await expect(unpack("abcdef")).rejects.toThrow("damaged or was cut off");
  });
});

describe("settings of an address", () => {
  const settings = (text: string) => readSettings(new URLSearchParams(text));
  it("are JSON where they parse, else text", () => {
    expect(settings("set.a=1&set.b=x&set.c=null&set.d=[1]&other=2")).toEqual({a: 1, b: "x", c: null, d: [1]});
    expect(Object.keys(settings("set.__proto__=1"))).toEqual(["__proto__"]);
  });

  it("are refused where they are nested too deeply, or too many", () => {
    const nested = (depth: number, open: string, close: string) => `set.deep=${encodeURIComponent(open.repeat(depth) + close.repeat(depth))}`;
    expect(() => settings(nested(5000, "[", "]"))).toThrow("The setting “deep” in the address is nested more than 64 levels deep");
    expect(() => settings(nested(100, '{"a":[', "]}"))).toThrow("nested more than 64 levels deep");
    expect(settings(nested(60, "[", "]"))).toHaveProperty("deep");
    expect(() => settings("set.a=1&".repeat(1001))).toThrow("The address sets 1,001 values");
  });
});
