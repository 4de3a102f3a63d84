/** A frame that is no longer there, or that takes what is the reader's: noticed, said, and run again when the reader wants it. */
import {expect, it} from "vitest";
import {idle, openNotebook, values, write} from "./chromium.ts";
import {useSite} from "./use-site.ts";

const place = useSite();

it("says that the cells' process has ended, and runs everything again", async () => {
  const {page, frame} = await openNotebook(place.site, "fixtures/basics.html");
  const protocol = await page.context().newCDPSession(frame);
  // The answer never comes: the process that would give it is gone.
  void protocol.send("Page.crash").catch(() => {});
  const message = page.locator(".h-message", {hasText: "The cells' process ended"});
  await message.waitFor();
  await message.getByRole("button", {name: "Run again"}).press("Enter");
  await idle(page);
  expect(await values(page)).toMatchObject({count: 5, doubled: 10});
  await page.context().close();
});

const floods = {
  fragments: "for (let i = 0; i < 25; i++) { location.hash = `x${i}`; await Promises.delay(10); }",
  "frames within": "const inner = document.body.appendChild(document.createElement('iframe')); for (let i = 0; i < 25; i++) { inner.srcdoc = `x${i}`; await new Promise((loaded) => (inner.onload = loaded)); }"
};

it.each(Object.entries(floods))("takes away a frame that fills the history by %s, and the way back is what it was", async (_, flood) => {
  const {page} = await openNotebook(place.site, "fixtures/basics.html");
  const before = page.url();
  await page.goto(`${place.site.url}index.html`);
  await page.goto(before);
  await idle(page);
  const length = await page.evaluate(() => history.length);
  await write(page, 7, flood);
  await page.keyboard.press("ControlOrMeta+Enter");
  await page.locator(".h-message", {hasText: "filled the browser's history"}).waitFor();
  const protocol = await page.context().newCDPSession(page);
  const {currentIndex, entries} = await protocol.send("Page.getNavigationHistory");
  await expect.poll(async () => (await protocol.send("Page.getNavigationHistory")).currentIndex).toBe(length - 1);
  expect(entries[currentIndex].url).toBe(before);
  await page.evaluate(() => history.back());
  await page.waitForURL(/index\.html/);
  await page.context().close();
});

it("gives cells no way to write the history", async () => {
  const {frame} = await openNotebook(place.site, "fixtures/basics.html");
  const tried = await frame.evaluate(() => {
    const length = history.length;
    const failures = [() => history.pushState(1, ""), () => history.replaceState(1, "")].map((act) => {
      try {
        act();
        return "done";
      } catch (error) {
        return (error as Error).message;
      }
    });
    return {failures, added: history.length - length};
  });
  expect(tried).toEqual({failures: ["pushState is closed to cells.", "replaceState is closed to cells."], added: 0});
});
