/** Files dropped on a notebook's page from outside the browser, as by a person's hand: DevTools' drag is the browser's own, folders and all. */
import {join} from "node:path";
import {expect, it} from "vitest";
import {errors, idle, openNotebook, rewrite, settled, values} from "./chromium.ts";
import {drag} from "./drag.ts";
import {writeFolder} from "./some-pairs.ts";
import {useSite} from "./use-site.ts";

const place = useSite();

const bar = {x: 400, y: 20};
it("takes a folder dropped on the notebook, wherever on it, with the folders inside", async () => {
  // More files than a reader of a folder gives at a time.
  const path = await writeFolder(join(place.folder, "my folder"), 120);
  const {page, frame} = await openNotebook(place.site, "notebooks/03-pairs-and-tokens.html", {"set.limit": "40"});
  const zone = frame.locator(".d-zone");
  // Over a paragraph at the top: the zone is far below, is marked, and comes into sight once it has taken them.
  const drop = await drag(page, [path], bar, {x: 500, y: 300});
  await expect.poll(() => zone.getAttribute("class")).toContain("d-over");
  await drop("drop");
  await expect.poll(() => zone.getAttribute("class")).not.toContain("d-over");
  await expect.poll(async () => (await values(page)).facts).toMatchObject({set: "my folder", images: 40});
  await expect.poll(() => frame.locator(".d-kept").textContent()).toContain("my folder 120 images, 600 captions");
  const offPx = async () => Math.abs((await page.locator("iframe.h-frame").boundingBox())!.y + (await zone.evaluate((node) => node.getBoundingClientRect().top)));
  await expect.poll(offPx).toBeLessThan(400);
  // The page is as before: what stood over it while files were dragged is gone.
  await page.locator(".h-drop").waitFor({state: "hidden"});
  expect(await errors(page)).toEqual([]);
  await page.context().close();
});

it("gives a cell the files in the browser's own event, at the place where they were dropped", async () => {
  const path = await writeFolder(join(place.folder, "few"), 2);
  const {page, frame} = await openNotebook(place.site, "fixtures/basics.html");
  await rewrite(page, 7, `const box = display(document.createElement("p"));
box.textContent = "Drop here";
const dropped = Generators.observe((notify) => {
  const seen = [];
  const say = ({type, dataTransfer}) => (seen.push(type), notify({seen: [...new Set(seen)], files: [...(dataTransfer?.files ?? [])].map(({name, size}) => [name, size > 0]), paths: dataTransfer?.given?.map(({path}) => path)}));
  notify(null);
  for (const type of ["dragover", "dragleave", "drop"]) box.addEventListener(type, (event) => (event.preventDefault(), say(event)));
});`);
  await settled(page);
  const at = (await frame.locator("#cell-7 p", {hasText: "Drop here"}).boundingBox())!;
  const inFrame = {x: at.x + 5, y: at.y + 5};
  // A drag that ends unseen: the page is there again at the pointer's first move.
  await (await drag(page, [path], bar, bar))("dragCancel");
  await page.mouse.move(300, 300);
  await page.locator(".h-drop").waitFor({state: "hidden"});

  // The files come into the window over the frame, which sees them first and tells the page.
  await (await drag(page, [path], inFrame, inFrame))("drop");
  await expect.poll(async () => (await values(page)).dropped).toMatchObject({files: expect.arrayContaining([["captions of mine.txt", true]]), paths: expect.arrayContaining(["few/captions of mine.txt", expect.stringMatching(/^few\/deep\/images\/.*\.jpg$/)])});
  expect(((await values(page)).dropped as {seen: string[]}).seen).toContain("drop");

  // Where nothing takes files, the page says so and stays.
  await rewrite(page, 7, "const box = 1;");
  await (await drag(page, [path], bar, {x: 500, y: 300}))("drop");
  await page.locator(".h-message", {hasText: "Nothing on this notebook takes files."}).waitFor();
  await idle(page);
  expect(await values(page)).toMatchObject({box: 1});
  await page.context().close();
});
