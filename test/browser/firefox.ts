/** Drives Firefox (Debian's package firefox-esr) as it comes, over WebDriver BiDi. */
import puppeteer from "puppeteer-core";
import {findFirefox} from "../../src/cli/setup.mjs";
import type {Driver, World} from "./in-another-browser.ts";

/** Why Firefox cannot be driven here, or undefined. */
export function lackOfFirefox(): string | undefined {
  return findFirefox() ? undefined : "Firefox is not installed here (Debian's package firefox-esr; FIREFOX_PATH names another)";
}

/** Starts Firefox with one window; `close` ends it. */
export async function launchFirefox(): Promise<Driver> {
  const browser = await puppeteer.launch({browser: "firefox", executablePath: findFirefox()!, headless: true, timeout: 120_000, protocolTimeout: 600_000, defaultViewport: {width: 1280, height: 800}});
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  const worldOf = (world: World) => (world === "page" ? page.mainFrame() : page.frames().find((frame) => frame !== page.mainFrame())!);
  return {
    open: async (address) => void (await page.goto(address)),
    run: <T>(world: World, code: string) => worldOf(world).evaluate(`(async () => {${code}})()`) as Promise<T>,
    press: async (selector) => (await worldOf("frame").waitForSelector(selector))!.press("Enter"),
    async type(selector, text, {control = false} = {}) {
      await (await page.waitForSelector(selector))!.focus();
      if (control) await page.keyboard.down("Control");
      if (text === "Enter") await page.keyboard.press("Enter");
      else await page.keyboard.type(text);
      if (control) await page.keyboard.up("Control");
    },
    screenshot: async () => Buffer.from(await page.screenshot()),
    close: () => browser.close()
  };
}
