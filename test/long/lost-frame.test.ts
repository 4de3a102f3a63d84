/** A frame that is no longer there, or that takes what is the reader's: noticed, said, and run again when the reader wants it. */
import {expect, it} from "vitest";
import {idle, openNotebook, write, type Site} from "../browser/chromium.ts";
import {useSite} from "../browser/use-site.ts";

const place = useSite();

/**
 * Evaluates in a page without Playwright's own session of it: Playwright takes a page for crashed when one of its frames is.
 * An expression's value, or undefined.
 */
async function evaluatorOf(site: Site, url: string): Promise<(expression: string) => Promise<unknown>> {
  const root = await site.browser.newBrowserCDPSession();
  const {targetInfos} = await root.send("Target.getTargets");
  const {targetId} = targetInfos.find((target) => target.type === "page" && target.url === url)!;
  const {sessionId} = await root.send("Target.attachToTarget", {targetId, flatten: false});
  let lastId = 0;
  return (expression) =>
    new Promise((resolve) => {
      const id = ++lastId;
      root.on("Target.receivedMessageFromTarget", ({message}) => {
        const answer = JSON.parse(message) as {id?: number; result?: {result?: {value?: unknown}}};
        if (answer.id === id) resolve(answer.result?.result?.value);
      });
      void root.send("Target.sendMessageToTarget", {sessionId, message: JSON.stringify({id, method: "Runtime.evaluate", params: {expression, awaitPromise: true, returnByValue: true}})});
    });
}

it("says that the cells' process has ended, and runs everything again", async () => {
  const {page, frame} = await openNotebook(place.site, "fixtures/basics.html");
  const evaluate = await evaluatorOf(place.site, page.url());
  const protocol = await page.context().newCDPSession(frame);
  // The answer never comes: the process that would give it is gone.
  void protocol.send("Page.crash").catch(() => {});
  await expect.poll(() => evaluate("document.querySelector('.h-message')?.textContent")).toMatch(/^The cells have stopped answering: their process has ended.*Run again$/);
  await evaluate("document.querySelector('.h-message button').click()");
  await expect.poll(() => evaluate("window.diagonal.idle().then(() => window.diagonal.values())")).toMatchObject({count: 5, doubled: 10});
  await page.context().close();
});

it("takes away a frame that fills the history, and the way back is what it was", async () => {
  const {page} = await openNotebook(place.site, "fixtures/basics.html");
  const before = page.url();
  await page.goto(`${place.site.url}index.html`);
  await page.goto(before);
  await idle(page);
  const length = await page.evaluate(() => history.length);
  await write(page, 7, "for (let i = 0; i < 25; i++) { location.hash = `x${i}`; await Promises.delay(10); }");
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
