/** Another browser: Debian's Firefox as it comes, driven over WebDriver BiDi. It trains the first lesson and edits a cell, as a person would. */
import {existsSync} from "node:fs";
import puppeteer from "puppeteer-core";
import type {Browser, Page} from "puppeteer-core";
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {serveSite, type Server} from "../../src/cli/serve.ts";

const firefox = [process.env.FIREFOX_PATH, "/usr/bin/firefox-esr", "/usr/bin/firefox"].find((path) => path !== undefined && existsSync(path));
if (!firefox) console.log("Firefox is not installed here (Debian's package firefox-esr), so what it does is not tested.");

interface HostPage {
  diagonal: {idle(): Promise<void>; values(): Promise<Record<string, unknown>>; errors(): unknown[]};
}
const idle = (page: Page) => page.evaluate(() => (window as unknown as HostPage).diagonal.idle());
const values = (page: Page) => page.evaluate(() => (window as unknown as HostPage).diagonal.values());
const errors = (page: Page) => page.evaluate(() => (window as unknown as HostPage).diagonal.errors());

describe.skipIf(!firefox)("in Firefox", () => {
  let server: Server;
  let browser: Browser;
  beforeAll(async () => {
    server = await serveSite({root: "dist"});
    browser = await puppeteer.launch({browser: "firefox", executablePath: firefox, headless: true, timeout: 120_000, protocolTimeout: 600_000});
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it("trains the first lesson at a press of its button, and runs an edited cell", async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(120_000);
    const said: string[] = [];
    page.on("pageerror", (error) => said.push((error as Error).message));
    await page.goto(`${server.url}notebook.html?open=notebooks/01-first-light.html&set.steps=3&set.limit=480`);
    await page.waitForFunction(() => "diagonal" in window);
    await idle(page);
    expect(await errors(page)).toEqual([]);
    expect(await values(page)).toMatchObject({lossHistory: []});

    const frame = page.frames().find((frame) => frame !== page.mainFrame())!;
    const controls = (await frame.waitForSelector("#cell-5"))!;
    // What this browser lacks, and what is used in its place, stands under the button.
    await expect.poll(() => controls.evaluate((node) => node.textContent)).toMatch(/WebAssembly.*because this browser offers no WebGPU/);
    // By key here and below: letters and pictures that come meanwhile move what stands below them, from under a pointer too.
    await (await controls.waitForSelector("button"))!.press("Enter");
    await page.waitForFunction(async () => {
      const {lossHistory} = (await (window as unknown as HostPage).diagonal.values()) as {lossHistory?: number[]};
      return lossHistory?.length === 3;
    });
    const {lossHistory} = (await values(page)) as {lossHistory: number[]};
    expect(lossHistory.every((loss) => loss > 1 && loss < 12)).toBe(true);

    await (await page.waitForSelector('.h-cell[data-cell="18"] .h-text'))!.press("Enter");
    await page.waitForSelector('.h-cell[data-cell="18"] .cm-content');
    await page.focus('.h-cell[data-cell="18"] .cm-content');
    await page.keyboard.down("Control");
    await page.keyboard.press("a");
    await page.keyboard.up("Control");
    await page.keyboard.type("const stepsSeen = frame.lossHistory.length;");
    await page.keyboard.down("Control");
    await page.keyboard.press("Enter");
    await page.keyboard.up("Control");
    await idle(page);
    await expect.poll(() => values(page)).toMatchObject({stepsSeen: 3});
    expect(await errors(page)).toEqual([]);
    expect(said).toEqual([]);
    await page.close();
  });
});
