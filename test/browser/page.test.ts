/** The notebook's page, used as a person does: cells of every kind, reactivity, settings, errors, isolation of the frame. */
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {errors, idle, openNotebook, openSite, rewrite, values, write, type Site} from "./chromium.ts";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

describe("a notebook", () => {
  it("runs cells of every kind and shows what they make", async () => {
    const {page, frame, said} = await openNotebook(site, "fixtures/basics.html");
    expect(await errors(page)).toEqual([]);
    expect(await frame.locator("#cell-1 h1").textContent()).toBe("Basics");
    expect(await frame.locator("#cell-1 p").first().textContent()).toContain("value in the text: 10.");
    expect(await frame.locator("#cell-5 #count").textContent()).toBe("5");
    expect(await frame.locator("#cell-6 math").count()).toBe(1);
    expect(await frame.locator("#cell-8").textContent()).toContain("true");
    expect(await values(page)).toMatchObject({count: 5, doubled: 10, ticks: 2, seed: 1, seededTwice: 2});
    expect(said).toEqual([]);
    await page.close();
  });

  it("follows a slider moved by hand", async () => {
    const {page, frame} = await openNotebook(site, "fixtures/basics.html");
    await frame.locator("#cell-2 input[type=range]").focus();
    await page.keyboard.press("ArrowRight");
    await idle(page);
    expect(await values(page)).toMatchObject({count: 6, doubled: 12});
    expect(await frame.locator("#cell-5 #count").textContent()).toBe("6");
    await page.close();
  });

  it("takes settings from its address, for views and for plain values", async () => {
    const {page, frame} = await openNotebook(site, "fixtures/basics.html", {"set.count": "40", "set.seed": "7"});
    expect(await values(page)).toMatchObject({count: 40, doubled: 80, seed: 7, seededTwice: 14});
    expect(await frame.locator("#cell-2 input[type=range]").inputValue()).toBe("40");
    await page.close();
  });

  it("runs an edited cell with Shift+Enter, and only those who need it", async () => {
    const {page, frame} = await openNotebook(site, "fixtures/basics.html");
    await frame.locator("#cell-5 #count").evaluate((node) => node.setAttribute("data-old", ""));
    await write(page, 3, "const doubled = count * 3; display(doubled)");
    await page.keyboard.press("Shift+Enter");
    await idle(page);
    expect(await values(page)).toMatchObject({count: 5, doubled: 15});
    expect(await frame.locator("#cell-1 p").first().textContent()).toContain("value in the text: 15.");
    expect(await frame.locator("#cell-5 #count").getAttribute("data-old")).toBe("");
    await page.close();
  });

  it("says in the cell what is wrong and in which line, and goes on once it is mended", async () => {
    const {page, frame} = await openNotebook(site, "fixtures/basics.html");
    await rewrite(page, 3, "const fine = 1;\nconst doubled = );");
    expect(await errors(page)).toMatchObject([{cell: 3, line: 2}]);
    expect(await frame.locator("#cell-3 [role=alert]").textContent()).toContain("line 2");
    expect(await frame.locator("#cell-1 .n-blocked a").textContent()).toBe("cell 3");
    await rewrite(page, 3, "const fine = 1;\n\nconst doubled = null.x;");
    expect(await errors(page)).toMatchObject([{cell: 3, line: 3, message: expect.stringContaining("TypeError")}]);
    await rewrite(page, 3, "const doubled = name;");
    expect(await errors(page)).toMatchObject([{cell: 3, message: "name is not defined"}]);
    await rewrite(page, 3, "const doubled = 1;");
    expect(await errors(page)).toEqual([]);
    expect(await frame.locator("#cell-1 h1").textContent()).toBe("Basics");
    await page.close();
  });
});
