/** What a notebook from elsewhere must ask its reader for, one dialog after the other, and what becomes of a no. */
import {readFile} from "node:fs/promises";
import {afterAll, beforeAll, expect, it} from "vitest";
import {errors, idle, letRun, openLink, openSite, values, type Site} from "./chromium.ts";

let site: Site;
beforeAll(async () => void (site = await openSite()));
afterAll(() => site?.close());

/** Opens a notebook as a link from elsewhere and lets it run, up to its first question. */
async function runForeign(text: string) {
  const page = await openLink(site, text);
  await letRun(page);
  return page;
}

const readsASet = `<!doctype html>
<notebook>
  <title>Reads a set</title>
  <script id="1" type="module">
    import {openPairs} from "diagonal";
  </script>
  <script id="2" type="module" pinned="">
    const pairs = await openPairs("my <b>photos</b>", {limit: 8, invalidation});
  </script>
  <script id="3" type="module">
    const apart = 3;
  </script>
</notebook>
`;

it("asks before a data set is read, names it as text, goes on without it after a no, and asks no second time", async () => {
  const page = await runForeign(readsASet);
  const dialog = page.getByRole("dialog", {name: "Let this notebook read a data set?"});
  await dialog.waitFor();
  expect(await dialog.locator("pre").textContent()).toBe(`${site.url}my%20%3Cb%3Ephotos%3C/b%3E/`);
  await dialog.getByRole("button", {name: "No"}).click();
  await idle(page);
  expect(await errors(page)).toMatchObject([{cell: 2, message: expect.stringContaining("The reader did not allow it")}]);
  expect(await values(page)).toMatchObject({apart: 3});

  await page.locator('.h-cell[data-cell="2"] .h-handle').focus();
  await page.keyboard.press("Control+Enter");
  await idle(page);
  expect((await errors(page))[0].message).toContain("A no holds until the page is loaded again");

  await page.reload();
  await letRun(page);
  await dialog.getByRole("button", {name: "Let it read this set"}).click();
  await idle(page);
  // Allowed, and not there: the answer is now the site's own.
  expect((await errors(page))[0].message).not.toContain("did not allow");
  await page.context().close();
});

it("asks before a loss of the notebook's own trains, shows its code, and trains with it only after a yes", async () => {
  const page = await runForeign(await readFile("test/fixtures/own-loss.html", "utf8"));
  const dialog = page.getByRole("dialog", {name: "Let this notebook train with code of its own?"});
  await dialog.waitFor();
  expect(await dialog.locator("pre").textContent()).toContain('crossEntropy(logits, labels, {over: "captions"})');
  await dialog.getByRole("button", {name: "No"}).click();
  await idle(page);
  expect(await errors(page)).toMatchObject([{cell: 6, message: expect.stringContaining("The reader did not allow it")}]);
  expect(await values(page)).not.toHaveProperty("outcome");

  await page.reload();
  await letRun(page);
  await dialog.getByRole("button", {name: "Train with this code"}).click();
  await idle(page);
  expect(await errors(page)).toEqual([]);
  expect(await values(page)).toMatchObject({outcome: {state: expect.any(String)}});
  await page.context().close();
});
