/** The table of services against what is really served, and every argument against values of every other kind. */
import {readFile} from "node:fs/promises";
import {afterAll, describe, expect, it, vi} from "vitest";
import {basicKind} from "../../src/rpc/kinds.ts";
import type {Kind} from "../../src/rpc/kinds.ts";
import type {Handlers} from "../../src/rpc/port.ts";
import {newsKinds} from "../../src/notebook/news-kinds.ts";
import {checkedServices} from "../../notebooks/site/services/check.ts";
import {argumentsOf, inner, services} from "../../notebooks/site/services/table.ts";
import {createWorkers} from "../../notebooks/site/services/workers.ts";
import {servedBy} from "./served.ts";

vi.mock("../../src/rpc/port.ts", async (original) => (await import("./served.ts")).keeping(original));
afterAll(() => vi.unstubAllGlobals());

const never = new AbortController().signal;

describe("what is served", () => {
  for (const worker of ["train", "layout", "measure", "decode"] as const) {
    it(`is in the table, all that the ${worker} worker serves, and nothing else is`, async () => {
      const served = Object.keys(await servedBy(`${worker}-worker.ts`)).sort();
      const rows = Object.entries(services).flatMap(([call, row]) => (row.worker === worker ? [call] : []));
      const own = Object.entries(inner).flatMap(([call, workers]) => (workers.includes(worker) ? [call] : []));
      expect(served).toEqual([...rows, ...own].sort());
    });
  }

  it("is in the table, all that the host serves", () => {
    const {handlers} = createWorkers({isGuest: false, onDeath: () => {}});
    expect(Object.keys(handlers).sort()).toEqual(Object.keys(services).sort());
  });

  it("reaches no frame where the table has no row for it", () => {
    const all: Handlers = {...Object.fromEntries([...Object.keys(services), ...Object.keys(inner)].map((call) => [call, () => 1])), surprise: () => 1};
    expect(Object.keys(checkedServices(all)).sort()).toEqual(Object.keys(services).sort());
  });

  it("stands in SECURITY.md, call by call", async () => {
    const text = await readFile("SECURITY.md", "utf8");
    expect(Object.keys(services).filter((call) => !text.includes(`\`${call}\``))).toEqual([]);
  });
});

/** A value of each kind, and some of none. */
const values: unknown[] = [7.5, true, "postcards", [], {}, new Uint8Array(3), new Float32Array(3), new Int32Array(3), new Blob(["x"]), null, 12n, new Date(0), new Map([["a", 1]]), new ArrayBuffer(4), new Uint16Array(2)];

/** What no kind takes, though it basically is of that kind. */
const odd: unknown[] = [NaN, "x".repeat(3_000_000), new Array(20_000_000)];

/** A value that a kind takes, for the arguments beside the one that is tried. */
function sampleOf(kind: Kind): unknown {
  if (kind.fields) return Object.fromEntries(Object.entries(kind.fields).flatMap(([name, field]) => (field.isOptional ? [] : [[name, sampleOf(field)]])));
  const found = [1, ...values, "x", "umap", "rows", "waiting"].find((value) => kind.fault(value, "") === undefined);
  if (found === undefined) throw new Error(`no sample of ${kind.says}`);
  return found;
}

/** Every argument of a kind of arguments, fields of fields too, with a way to put a value there. */
function placesIn(kind: Kind, put: (value: unknown) => unknown = (value) => value, path = ""): {path: string; kind: Kind; put(value: unknown): unknown}[] {
  return Object.entries(kind.fields ?? {}).flatMap(([name, field]) => {
    const putHere = (value: unknown) => put({...(sampleOf(kind) as object), [name]: value});
    const here = path ? `${path}.${name}` : name;
    return [{path: here, kind: field, put: putHere}, ...placesIn(field, putHere, here)];
  });
}

describe("each argument", () => {
  const asked: string[] = [];
  const checked = checkedServices(Object.fromEntries(Object.keys(services).map((call) => [call, () => asked.push(call)])));
  const refusal = (call: string, args: unknown): string | undefined => {
    try {
      checked[call](args, never);
    } catch (error) {
      return (error as Error).message;
    }
  };

  for (const call of Object.keys(services)) {
    it(`of ${call} is refused where it is of another kind, in a sentence that names it`, () => {
      const kind = argumentsOf(call);
      expect(refusal(call, sampleOf(kind))).toBeUndefined();
      const before = asked.length;
      for (const {path, kind: field, put} of placesIn(kind)) {
        const others = values.filter((value) => !field.kinds.includes(basicKind(value)!));
        expect(others.length).toBeGreaterThan(10);
        for (const value of [...others, ...odd]) {
          const said = refusal(call, put(value));
          expect(said, `${call}, ${path}`).toContain(`${call}: ${path}`);
          expect(said!.length).toBeLessThan(1000);
        }
        if (field.fields) expect(refusal(call, put({...(sampleOf(field) as object), surprise: 1}))).toContain(`${path}.surprise is not known`);
      }
      expect(refusal(call, {...(sampleOf(kind) as object), surprise: 1})).toContain(`${call}: surprise is not known`);
      for (const args of [7, "x", [], new Map()]) expect(refusal(call, args)).toContain(`${call}: `);
      expect(asked.length).toBe(before);
    });
  }
});

it("takes no set from a frame that only the host may hand over", () => {
  expect(argumentsOf("pairs.open").fault({source: "postcards", given: {}}, "")).toContain("given is not known");
});

it("holds each piece of news from the frame to its kind", () => {
  const places = Object.entries(newsKinds).flatMap(([news, kind]) => (kind ? placesIn(kind).map((place) => ({news, ...place})) : []));
  expect(places.length).toBeGreaterThan(10);
  for (const {news, path, kind, put} of places) {
    for (const value of [...values.filter((value) => !kind.kinds.includes(basicKind(value)!)), ...odd]) expect(newsKinds[news as keyof typeof newsKinds]!.fault(put(value), ""), `${news}, ${path}`).toContain(path);
  }
});
