/** What the reader of a notebook from elsewhere is asked, in which words, and how far an answer goes. */
import {expect, it} from "vitest";
import type {Handlers} from "../../src/rpc/port.ts";
import {checkedServices} from "../../notebooks/site/services/check.ts";
import {guestFetch, isAllowed} from "../../notebooks/site/services/guest-fetch.ts";
import {guestServices} from "../../notebooks/site/services/guests.ts";
import type {Answer} from "../../notebooks/site/services/guests.ts";
import {services} from "../../notebooks/site/services/table.ts";
import type {Need} from "../../notebooks/site/services/uses.ts";

const site = "https://site.example/lessons/";
const never = new AbortController().signal;

/** A guest's services over handlers that only count, and a reader who answers. */
function guest(answer: (need: Need) => Answer = () => "yes") {
  const questions: Need[] = [];
  const reached: string[] = [];
  const opened: string[] = [];
  const handlers: Handlers = Object.fromEntries(
    Object.entries(services).map(([call, {answers}]) => [call, answers === "once" ? () => (reached.push(call), 1) : async function* () { reached.push(call); yield 1; }])
  );
  const guarded = checkedServices(guestServices(handlers, {
    site,
    ask: async (need) => (questions.push(need), answer(need)),
    allow: async (_, addresses) => void opened.push(...addresses)
  }));
  /** Calls, or reads the first value of a stream. */
  const ask = async (call: string, args?: unknown) => {
    const result = guarded[call](args, never);
    return services[call].answers === "once" ? result : (result as AsyncGenerator).next();
  };
  return {ask, questions, reached, opened};
}

it("asks nothing for what reaches nothing of the reader's", async () => {
  const {ask, questions, reached} = guest();
  for (const source of ["postcards", "postcards:chalk"]) await ask("pairs.open", {source, limit: 8});
  await ask("pairs.open", {source: "my photos", labelled: {files: [{path: "cat/1.png", file: new Blob([])}]}});
  await ask("run.open", {pairs: "p", from: "checkpoints/postcards.safetensors", functions: {}});
  await ask("run.open", {pairs: "p", from: new Uint8Array(8)});
  for (const call of ["hands", "busy", "train.memory"]) await ask(call);
  await ask("pairs.features", {key: "p", indices: [1]});
  expect(questions).toEqual([]);
  expect(reached).toHaveLength(9);
});

it("asks for every argument that reaches a file or an address, and shows it whole", async () => {
  const cases: [string, Record<string, unknown>, string][] = [
    ["pairs.open", {source: "data/private"}, `${site}data/private/`],
    ["pairs.open", {source: "photos"}, `photos\n${site}photos/`],
    ["pairs.open", {source: "data/animals.zip", labelled: {}}, `${site}data/animals.zip`],
    ["pairs.open", {source: "animals", labelled: {perClass: 3}}, `${site}animals/`],
    ["pairs.open", {source: "postcards", imageTower: "//evil.example/tower"}, "https://evil.example/tower/"],
    ["pairs.open", {source: "postcards", imageTower: "\\\\evil.example\\tower\\model.json"}, "https://evil.example/tower/"],
    ["pairs.open", {source: "postcards", embeddings: {address: "https://bücher.example/a.csv", index: "data/private/index.csv"}}, `https://xn--bcher-kva.example/a.csv\n${site}data/private/index.csv`],
    ["pairs.open", {source: "postcards", embeddings: {address: "data/private/a.csv"}}, `${site}data/private/a.csv\n${site}data/private/index.csv`],
    ["tower.find", {address: `https://evil.example/${"long/".repeat(100)}?to=far`}, `https://evil.example/${"long/".repeat(100)}?to=far/`],
    ["run.open", {pairs: "p", from: "../data/private.safetensors"}, "https://site.example/data/private.safetensors"],
    ["run.open", {pairs: "p", from: "kept:mine"}, "mine"],
    ["run.open", {pairs: "p", functions: {loss: {source: "(a) => fetch(`//evil.example`)"}}}, "loss:\n(a) => fetch(`//evil.example`)"],
    ["runs.keep", {id: "run-1", name: "mine"}, "mine"],
    ["runs.delete", {name: "mine"}, "mine"],
    ["models.keep", {name: "openai/clip@main"}, "openai/clip@main\nhttps://huggingface.co/openai/clip/\nhttps://huggingface.co/api/models/openai/clip/"],
    ["models.keep", {name: "openai/clip", hub: "https://evil.example"}, "openai/clip\nhttps://evil.example/openai/clip/\nhttps://evil.example/api/models/openai/clip/"],
    ["models.keep", {name: "https://evil.example/m/model.safetensors"}, "https://evil.example/m/model.safetensors\nhttps://evil.example/m/"],
    ["models.keep", {name: "data/mine"}, `data/mine\n${site}data/mine/`],
    ["models.keep", {name: "mine", files: []}, "mine"],
    ["models.delete", {name: "mine"}, "mine"],
    ["model.open", {name: "mine", pairs: "p"}, "mine"],
    ["data/open", {name: "mine"}, "mine"],
    ["data/delete", {name: "mine"}, "mine"]
  ];
  for (const [call, args, quote] of cases) {
    const {ask, questions, reached} = guest(() => "no");
    await expect(ask(call, args), call).rejects.toThrow("The reader did not allow it");
    expect(questions.map((need) => need.quote)).toEqual([quote]);
    expect(reached).toEqual([]);
  }
  const {ask, questions} = guest();
  for (const call of ["models.list", "runs.list", "data/list"]) await ask(call);
  await ask("camera.photo", {sizePx: 32});
  await ask("data/import-from-hub", {name: "mine", sizePx: 32, limit: 8, server: "https://evil.example", dataset: "a/b"});
  expect(questions.map(({quote}) => quote)).toEqual([undefined, undefined, undefined, undefined, "mine", "a/b\nhttps://evil.example/"]);
});

it("refuses what is no address on a web server, unasked", async () => {
  const {ask, questions, reached} = guest();
  for (const address of ["data:text/csv,1,2%0A3,4", "blob:https://site.example/1", "file:///etc/passwd", "javascript:1", "https://huggingface.co@evil.example/", "https://a:b@evil.example/", "ht\ntps://evil.example", "", " ", "https://[", 7]) {
    await expect(ask("tower.find", {address}), String(address)).rejects.toThrow("tower.find: address is an address in this site");
    await expect(ask("pairs.open", {source: "postcards", embeddings: {address, index: "data/private/index.csv"}})).rejects.toThrow("pairs.open: embeddings.address");
    await expect(ask("pairs.open", {source: "postcards", imageTower: address})).rejects.toThrow("pairs.open: imageTower");
  }
  expect(questions).toEqual([]);
  expect(reached).toEqual([]);
});

it("shows signs that are not seen, or turn the writing, in what is asked for", async () => {
  const {ask, questions} = guest();
  await ask("runs.delete", {name: "photo\u202Egpj\u200B.exe"});
  await ask("run.open", {pairs: "p", functions: {loss: {source: "/* \u2066 */ a"}}});
  expect(questions.map(({quote}) => quote)).toEqual(["photo⟨U+202E⟩gpj⟨U+200B⟩.exe", "loss:\n/* ⟨U+2066⟩ */ a"]);
});

it("takes a yes for that very thing in that very use", async () => {
  const {ask, questions, opened} = guest();
  const embeddings = (index: string) => ask("pairs.open", {source: "postcards", embeddings: {address: "https://a.example/a.csv", index}});
  await embeddings("https://a.example/1.csv");
  await embeddings("https://a.example/1.csv");
  expect(questions).toHaveLength(1);
  expect(opened).toEqual(["https://a.example/a.csv", "https://a.example/1.csv", "https://a.example/a.csv", "https://a.example/1.csv"]);
  await embeddings("https://a.example/2.csv");
  await ask("pairs.open", {source: "https://a.example/a.csv"});
  await ask("run.open", {pairs: "p", from: "https://a.example/a.csv"});
  expect(questions).toHaveLength(4);
  // The same tower, looked for and then loaded.
  await ask("tower.find", {address: "data/tower"});
  await ask("pairs.open", {source: "postcards", imageTower: "data/tower"});
  expect(questions).toHaveLength(5);
});

it("asks each time for what changes or takes something of the reader's", async () => {
  const {ask, questions} = guest();
  for (let i = 0; i < 2; i++) {
    await ask("camera.photo", {sizePx: 32});
    await ask("data/delete", {name: "mine"});
    await ask("runs.keep", {id: "run-1", name: "mine"});
  }
  expect(questions).toHaveLength(6);
});

it("holds a no while the page is open, and stops asking where the reader wants that", async () => {
  const no = guest(() => "no");
  for (let i = 0; i < 3; i++) await expect(no.ask("data/delete", {name: "mine"})).rejects.toThrow("A no holds until the page is loaded again");
  expect(no.questions).toHaveLength(1);
  await expect(no.ask("data/delete", {name: "another"})).rejects.toThrow();
  expect(no.questions).toHaveLength(2);
  const done = guest(() => "never");
  for (const name of ["a", "b", "c"]) await expect(done.ask("data/open", {name})).rejects.toThrow("did not allow");
  expect(done.questions).toHaveLength(1);
});

it("asks one thing at a time", async () => {
  let standing = 0;
  let most = 0;
  const handlers: Handlers = {"data/open": () => 1};
  const services = guestServices(handlers, {
    site,
    allow: async () => {},
    async ask() {
      most = Math.max(most, ++standing);
      await new Promise((resolve) => setImmediate(resolve));
      standing--;
      return "yes";
    }
  });
  await Promise.all(["a", "b", "c"].map((name) => services["data/open"]({name}, never)));
  expect(most).toBe(1);
});

it("opens an address and what lies below a folder, and nothing beside it", () => {
  const open = ["https://a.example/set/", "https://a.example/one.csv"];
  for (const address of ["https://a.example/set/", "https://a.example/set/x/1.tar", "https://a.example/one.csv", "https://a.example/one.csv#sha256=1"]) expect(isAllowed(address, open), address).toBe(true);
  for (const address of ["https://a.example/set", "https://a.example/settle/1", "https://a.example/one.csv?leak=1", "https://a.example/one.csv2", "https://a.example/", "https://b.example/set/", "http://a.example/set/"]) expect(isAllowed(address, open), address).toBe(false);
});

it("lets a guest's worker fetch from what was allowed, without credentials, and follow nobody elsewhere", async () => {
  const asked: [string, RequestInit | undefined][] = [];
  let answeredFrom: string | undefined;
  const scope = {
    name: "guest",
    location: {href: `${site}workers/train-worker.js`},
    fetch: (async (input: string | URL, init?: RequestInit) => {
      asked.push([String(input), init]);
      return {url: answeredFrom ?? String(input), ok: true};
    }) as unknown as typeof fetch
  };
  const {"guest.allow": allow} = guestFetch(scope);
  await scope.fetch(`${site}checkpoints/postcards.safetensors`);
  for (const address of [`${site}data/private/index.csv`, "https://evil.example/", `${site}checkpoints/../data/private/index.csv`, "data:text/csv,1"]) await expect(scope.fetch(address)).rejects.toThrow("is not among the addresses that the reader allowed");
  allow({addresses: ["https://a.example/set/", "https://huggingface.co/openai/clip/"]}, never);
  await scope.fetch(new URL("https://a.example/set/dataset.json"), {headers: {Range: "bytes=0-1"}});
  expect(asked.at(-1)).toEqual(["https://a.example/set/dataset.json", {headers: {Range: "bytes=0-1"}, credentials: "omit", referrerPolicy: "no-referrer", redirect: "error"}]);
  answeredFrom = "https://cdn-lfs.hf.co/file";
  await scope.fetch("https://huggingface.co/openai/clip/resolve/main/model.safetensors");
  expect(asked.at(-1)![1]).toMatchObject({redirect: "follow", credentials: "omit"});
  answeredFrom = "https://evil.example/file";
  await expect(scope.fetch("https://huggingface.co/openai/clip/resolve/main/config.json")).rejects.toThrow("handed on to evil.example");
  expect(asked.map(([address]) => address).filter((address) => address.includes("evil"))).toEqual([]);
});

it("leaves the fetching of the site's own notebooks as it is", () => {
  const fetchAnything = (async () => new Response()) as typeof fetch;
  const scope = {name: "own", location: {href: `${site}workers/train-worker.js`}, fetch: fetchAnything};
  guestFetch(scope);
  expect(scope.fetch).toBe(fetchAnything);
});
