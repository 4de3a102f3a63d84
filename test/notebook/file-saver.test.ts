/** What becomes of the files that cells hand over: their names, their sizes, and what a notebook from elsewhere may do. */
import {expect, it, vi} from "vitest";
import {FileSaver, safeFileName} from "../../src/notebook/file-saver.ts";

const made = (isForeign: boolean) => {
  const said: {text: string; run?(): void}[] = [];
  const saved: string[] = [];
  return {said, saved, saver: new FileSaver({isForeign, say: (text, more) => void said.push({text, run: more?.run}), save: (name) => void saved.push(name)})};
};
const file = (name: unknown, blob: unknown = new Blob(["1,2"])) => ({name, blob});

it.each([
  ["loss curve.csv", "loss curve.csv"],
  ["../../.bashrc", "-..-.bashrc"],
  ["C:\\Windows\\a.csv", "C--Windows-a.csv"],
  ["\u202Egpj.exe", "⟨U+202E⟩gpj.exe"],
  ["...", "file"],
  ["", "file"],
  ["a\u0000b\nc.csv", "a-b-c.csv"],
  ["name. . ", "name"],
  [`${"x".repeat(400)}.CSV`, `${"x".repeat(80)}.csv`],
  ["résumé 写真.png", "résumé 写真.png"]
])("the name %j becomes %j", (given, safe) => {
  expect(safeFileName(given)).toBe(safe);
  expect(Buffer.byteLength(safeFileName(given))).toBeLessThan(255);
});

it("a notebook of ours saves at once, as often as it is asked", () => {
  const {saver, saved, said} = made(false);
  saver.take(file("a.csv"));
  saver.take(file("b.anything"));
  expect(saved).toEqual(["a.csv", "b.anything"]);
  expect(said).toEqual([]);
});

it.each([[null], [{}], [file(3)], [file("a.csv", "text")], [file("a.csv", {size: 3})]])("refuses %j, which is no file", (given) => {
  const {saver, saved, said} = made(false);
  saver.take(given);
  expect(saved).toEqual([]);
  expect(said[0].text).toContain("without a name or without bytes");
});

it("refuses a file that is too large, and says how large it may be", () => {
  const {saver, saved, said} = made(false);
  const blob = new Blob([]);
  Object.defineProperty(blob, "size", {value: 3e9});
  saver.take(file("big.tar", blob));
  expect(saved).toEqual([]);
  expect(said[0].text).toBe("“big.tar” was not saved: it has 3000.0 MB, and a file from a cell may have 2147.5 MB.");
});

it("a notebook from elsewhere saves data and pictures, each when its reader says so, and floods nobody", () => {
  vi.useFakeTimers({toFake: ["performance"]});
  const {saver, saved, said} = made(true);
  saver.take(file("a.csv"));
  for (let i = 0; i < 100; i++) saver.take(file(`${i}.csv`));
  expect(said.map(({text}) => text)).toEqual(["This notebook hands you a file, “a.csv” (1 KB)."]);
  expect(saved).toEqual([]);
  said[0].run!();
  expect(saved).toEqual(["a.csv"]);
  vi.advanceTimersByTime(3000);
  saver.take(file("setup.exe"));
  expect(said[1].text).toContain("may hand over data and pictures only");
  expect(said[1].run).toBeUndefined();
  vi.useRealTimers();
});
