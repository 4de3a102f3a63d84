/** Cells from source to function text: lines kept, imports and loops rewritten, settings put in, mistakes located. */
import {toCell} from "@observablehq/notebook-kit";
import {describe, expect, it} from "vitest";
import {compileCell, findGate, type CompiledCell} from "../../src/notebook/compile.ts";

const compile = (value: string, mode: "ts" | "js" | "md" | "html" | "tex" = "ts", settings = {}) => compileCell(toCell({id: 1, mode, value}), {settings}) as CompiledCell;

/** Runs a compiled body with the given inputs and stand-ins for what the frame gives. */
async function run(compiled: CompiledCell, inputs: Record<string, unknown> = {}, load: (name: string) => unknown = () => ({})) {
  let looks = 0;
  const body = (0, eval)(`(($import, $loop) => (${compiled.body}\n))`)(async (name: string) => load(name), () => looks++);
  return {result: await body(...compiled.inputs.map((name) => inputs[name])), looks};
}

describe("compileCell", () => {
  it("gives the names that a cell needs and makes, without its types", async () => {
    const compiled = compile("interface A { x: number }\nconst a: A = {x: n as number};\nfunction f<T>(t: T): T { return t; }\nlet {b, ...c} = o!;");
    expect(compiled).toMatchObject({inputs: ["n", "o"], outputs: ["a", "f", "b", "c"], autodisplay: false});
    const {result} = await run(compiled, {n: 3, o: {b: 1, d: 2}});
    expect(result).toMatchObject({a: {x: 3}, b: 1, c: {d: 2}});
  });

  it("keeps every line where it is", async () => {
    for (const [source, line] of [
      ['import {x} from "d3";\nimport {\n  y\n} from "d3";\n\nconst a = 1;\nnull.here;', 7],
      ["const a: number = 1; // a note\ntype T = {\n  a: number;\n};\n\nfor (const b of [1])\n  null.here;", 7],
      ["\n\n(null as unknown as {here: 1}).here", 3]
    ] as const) {
      const error = await run(compile(source), {}, () => ({x: 1, y: 2})).catch((error: Error) => error);
      expect((error as Error).stack).toMatch(new RegExp(`<anonymous>:${line}:`));
    }
  });

  it("asks the loader for what is imported, also under another name, whole, or later", async () => {
    const asked: string[] = [];
    const load = (name: string) => (asked.push(name), {default: 1, x: 2});
    const compiled = compile('import d, {x as y} from "a";\nimport * as all from "b";\nimport "c";\nconst later = (await import("e")).x;');
    expect(compiled.outputs).toEqual(["d", "y", "all", "later"]);
    const {result} = await run(compiled, {}, load);
    expect(result).toMatchObject({d: 1, y: 2, all: {x: 2}, later: 2});
    expect(asked).toEqual(["a", "b", "c", "e"]);
  });

  it("looks at the clock in every kind of loop, blocks or not, and changes no result", async () => {
    const source = "let n = 0;\nfor (let i = 0; i < 5000; i++) n++;\nwhile (n < 10000) { n++; }\ndo n++; while (n < 15000)\nfor (const _ of Array(5000)) for (const k in {a: 1}) n++;\nconst total = n;";
    const {result, looks} = await run(compile(source));
    expect(result.total).toBe(20000);
    expect(looks).toBe(Math.floor(25000 / 4096));
  });

  it("puts settings in the place of plain values, also for the cell's own use, and leaves views alone", async () => {
    const compiled = compile('const seed = 1;\nconst twice = seed * 2;\nconst x = view(thing);\nconst text = "a";', "ts", {seed: 7, x: 3, text: "it's \u2028"});
    const {result} = await run(compiled, {view: (v: unknown) => v, thing: "input"});
    expect(result).toEqual({seed: 7, twice: 14, x: "input", text: "it's \u2028"});
  });

  it("locates what is wrong", () => {
    expect(compile("const a = 1;\nconst b = 2 +;").error).toMatchObject({line: 2, column: 14});
    expect(compile("let a; let a;", "ts").error).toMatchObject({line: 1});
    expect(compile("const f = (x: ) => x;").error).toMatchObject({line: 1});
    expect(compile("Text with ${oops(}.\n", "md").error).toMatchObject({line: 1});
    expect(compile("const other = 1;\nconst broken = ;")).toMatchObject({outputs: ["other", "broken"]});
  });

  it("compiles text, markup and formulas as templates", () => {
    expect(compile("# A ${b}", "md")).toMatchObject({inputs: ["md", "b"], autodisplay: true});
    expect(compile("<b>${b}</b>", "html")).toMatchObject({inputs: ["htl", "b"], autodisplay: true});
    expect(compile("\\frac{a}{b}", "tex")).toMatchObject({inputs: ["tex"], autodisplay: true});
  });

  it("finds the words of a gate among the first comments only", () => {
    expect(findGate("// a note\n// run: Train 200 steps \nconst a = 1;")).toBe("Train 200 steps");
    expect(findGate("const a = 1;\n// run: no")).toBeUndefined();
  });
});
