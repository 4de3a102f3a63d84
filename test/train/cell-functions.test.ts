import {expect, test} from "vitest";
import {compileCellFunctions} from "../../src/train/cell-functions.ts";

const scope = {double: (x: number) => 2 * x, default: 1, "not-a-name": 2};

test("a cell's function sees the library and its own arguments", () => {
  const {loss} = compileCellFunctions({loss: {source: "(a, b) => double(a) + b"}}, scope);
  expect(loss!(3, 1)).toBe(7);
});

test("function declarations and comments at the end compile too", () => {
  const {loss} = compileCellFunctions({loss: {source: "function loss(a) { return a; } // done"}}, scope);
  expect(loss!(3)).toBe(3);
});

test("an error points at the line of the cell where it rose", () => {
  const source = "(a) => {\n  const b = a;\n  return b.missing.deep;\n}";
  const {loss} = compileCellFunctions({loss: {source, cell: 7, line: 12}}, scope);
  expect(() => loss!({})).toThrow(/^loss: .*line 14 of its cell/);
  try {
    loss!({});
  } catch (error) {
    expect((error as {details: unknown}).details).toEqual({cell: 7, line: 14, function: "loss"});
  }
});

test("what is no function, does not parse or is not known is refused by name", () => {
  expect(() => compileCellFunctions({loss: {source: "3"}}, scope)).toThrow("loss: expected a function, got number");
  expect(() => compileCellFunctions({loss: {source: "(a =>"}}, scope)).toThrow(/^loss: /);
  expect(() => compileCellFunctions({optimizer: {source: "() => 1"}} as never, scope)).toThrow('it was given "optimizer"');
});
