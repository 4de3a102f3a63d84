/** A notebook from elsewhere that is after the reader's files: what it is asked, what leaves, and that no answer is stolen. */
import {mkdir, mkdtemp, rm, writeFile} from "node:fs/promises";
import {createServer} from "node:http";
import type {AddressInfo} from "node:net";
import {tmpdir} from "node:os";
import {join} from "node:path";
import type {Locator, Page} from "playwright-core";
import {afterAll, beforeAll, expect, it} from "vitest";
import {cellsOf, idle, letRun, openLink, openSite, values, type Site} from "./chromium.ts";

const secret = "only-for-the-reader";

/** A server elsewhere that counts what reaches it, and hands on what it is asked to. */
async function listen() {
  const asked: string[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    asked.push(request.url!);
    const to = /^\/handed-on\/(.*)/.exec(request.url!)?.[1];
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
    if (to) response.writeHead(302, {Location: decodeURIComponent(to)});
    response.end("1,2\n3,4\n");
  });
  server.on("connection", () => void connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {url, asked, connections: () => connections, close: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()))};
}

let site: Site;
let folder: string;
let elsewhere: Awaited<ReturnType<typeof listen>>;
let farther: Awaited<ReturnType<typeof listen>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "diagonal-data-"));
  await mkdir(join(folder, "private"));
  await writeFile(join(folder, "private/index.csv"), `name,note\n${secret},1\n`);
  [elsewhere, farther] = [await listen(), await listen()];
  site = await openSite({mounts: {"/data/": folder}});
});
afterAll(async () => {
  await site?.close();
  await elsewhere?.close();
  await farther?.close();
  await rm(folder, {recursive: true, force: true});
});

/** A notebook that tries some expressions one after the other, and keeps how each went. */
const notebook = (attempts: string[]) => `<!doctype html>
<notebook>
  <title>After your files</title>
  <script id="1" type="module">
    import {createRun, findImageTower, keptPairs, models, openPairs} from "diagonal";
    const drain = async (stream) => { for await (const _ of stream); };
  </script>
  <script id="2" type="module" pinned="">
    const results = [];
    for (const attempt of [${attempts.map((attempt) => `async () => ${attempt}`).join(", ")}]) {
      results.push(await attempt().then((value) => "got " + JSON.stringify(value), (error) => "failed: " + error.message));
    }
  </script>
</notebook>
`;

/** Answers questions as they come, until the cells rest; tells what was asked. */
async function answerAll(page: Page, answer: (quote: string) => string) {
  const questions: string[] = [];
  const dialog = page.getByRole("dialog");
  const rest = idle(page).then(() => "rest" as const);
  for (;;) {
    if ((await Promise.race([rest, dialog.waitFor().then(() => "asked" as const)])) === "rest") return questions;
    const quote = (await dialog.locator("pre").allTextContents()).join();
    questions.push(quote);
    await dialog.getByRole("button", {name: answer(quote), exact: true}).click();
    await dialog.and(page.locator(`:has-text(${JSON.stringify(quote || "\u0000")})`)).waitFor({state: "detached"});
  }
}

it("sends nothing of a private file anywhere, and skips no question", async () => {
  const attempts: [string, string | undefined][] = [
    ['openPairs("postcards", {limit: 8, embeddings: {address: "data:text/csv,1,2%0A3,4", index: "data/private/index.csv"}})', undefined],
    [`openPairs("postcards", {limit: 8, embeddings: {address: "${elsewhere.url}a.csv", index: "data/private/index.csv"}})`, `${elsewhere.url}a.csv\n${site.url}data/private/index.csv`],
    ['openPairs("data/private", {labelled: {}})', `${site.url}data/private/`],
    [`findImageTower("${elsewhere.url}?secret=1")`, `${elsewhere.url}?secret=1/`],
    [`drain(models.keep("${elsewhere.url}model.safetensors"))`, `${elsewhere.url}model.safetensors\n${elsewhere.url}`],
    [`drain(keptPairs.importFromHub({name: "theirs", limit: 4, server: "${elsewhere.url}"}))`, "theirs"],
    [`openPairs("postcards", {limit: 8, imageTower: "${elsewhere.url.replace("http:", "")}tower"})`, `${elsewhere.url}tower/`]
  ];
  const page = await openLink(site, notebook(attempts.map(([attempt]) => attempt)));
  await letRun(page);
  expect(await answerAll(page, () => "No")).toEqual(attempts.flatMap(([, quote]) => quote ?? []));
  const {results} = (await values(page)) as {results: string[]};
  expect(results).toHaveLength(attempts.length);
  expect(results[0]).toContain("pairs.open: embeddings.address is an address");
  for (const result of results.slice(1)) expect(result).toContain("failed: The reader did not allow it");
  expect(results.join()).not.toContain(secret);
  expect(elsewhere.connections()).toBe(0);
  await page.context().close();
});

it("reads what the reader allowed, and is handed on to nowhere else", async () => {
  const onTo = (address: string) => `${elsewhere.url}handed-on/${encodeURIComponent(address)}`;
  const table = (address: string) => `openPairs("postcards", {limit: 8, embeddings: {address: "${elsewhere.url}a.csv", index: "${address}"}})`;
  const page = await openLink(site, notebook([table(`${elsewhere.url}index.csv`), table(onTo(`${site.url}data/private/index.csv`)), table(onTo(`${farther.url}index.csv`))]));
  await letRun(page);
  const questions = await answerAll(page, () => "Let it read these files");
  expect(questions).toHaveLength(3);
  const {results} = (await values(page)) as {results: string[]};
  expect(results[0]).toMatch(/no picture of .* is named in/);
  for (const result of results.slice(1)) expect(result).toContain("could not be read");
  expect(results.join()).not.toContain(secret);
  expect(elsewhere.asked).toEqual(expect.arrayContaining(["/a.csv", "/index.csv"]));
  expect(farther.connections()).toBe(0);
  await page.context().close();
});

/** Presses and lets go where the pointer is, without moving it. */
async function pressHere(page: Page) {
  await page.mouse.down();
  await page.mouse.up();
}

const middleOf = async (element: Locator) => {
  const {x, y, width, height} = (await element.boundingBox())!;
  return [x + width / 2, y + height / 2] as const;
};

it("takes no press for an answer that was meant for something else", async () => {
  const page = await openLink(site, notebook(['openPairs("data/private")']));
  const run = page.getByRole("button", {name: "Run it"});
  await page.mouse.move(...(await middleOf(run)));
  await letRun(page);
  const dialog = page.getByRole("dialog");
  const yes = dialog.getByRole("button", {name: "Let it read this set"});
  await yes.waitFor();
  // The pointer comes to rest on the yes of the first question, and stays there until the page is loaded anew and asks again.
  const place = await middleOf(yes);
  await dialog.getByRole("button", {name: "No", exact: true}).click();
  await page.reload();
  await run.waitFor();
  await page.mouse.move(...place);
  await letRun(page);
  await yes.waitFor();
  await pressHere(page);
  await pressHere(page);
  await dialog.getByText("That was too quick").waitFor();
  await expect.poll(() => yes.getAttribute("aria-disabled")).toBe(null);
  await pressHere(page);
  expect(await dialog.isVisible()).toBe(true);
  await page.mouse.move(place[0] + 3, place[1]);
  await pressHere(page);
  await dialog.waitFor({state: "detached"});
  await page.context().close();
});

it("asks nothing because the pointer moves", async () => {
  const page = await openLink(site, notebook([]));
  await letRun(page);
  await idle(page);
  const [x, y] = await middleOf(page.locator("iframe.h-frame"));
  const heard = cellsOf(page).evaluate(() => new Promise<void>((resolve) => addEventListener("pointermove", () => resolve(), {once: true})));
  for (let i = 0; i < 5; i++) await page.mouse.move(x + i, y);
  await heard;
  await idle(page);
  expect(await page.getByRole("dialog").count()).toBe(0);
  await page.context().close();
});

it("quotes what a link claims, and shows the signs in code that are not seen", async () => {
  const page = await openLink(site, notebook(['"a\u202Eb\u200Bc"']), {from: "Diagonal itself\u202E"});
  expect(await page.getByRole("region", {name: "A notebook from elsewhere"}).textContent()).toContain("came from a link. The link says that it comes from the file “Diagonal itself⟨U+202E⟩”.");
  const marks = () => page.locator('.h-cell[data-cell="2"] .h-unseen').evaluateAll((signs) => signs.map((sign) => getComputedStyle(sign, "::before").content));
  await expect.poll(marks).toEqual(['"⟨U+202E⟩"', '"⟨U+200B⟩"']);
  await page.context().close();
});
