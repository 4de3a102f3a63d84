/** Links and outputs that would hang the page, fill the memory or act after they left it: each is refused with a sentence, or comes out inert. */
import {deflateRawSync} from "node:zlib";
import {expect, it} from "vitest";
import {useSite} from "../browser/use-site.ts";
import {openNotebook, visit} from "../browser/chromium.ts";

const place = useSite();

const link = (text: string, more = "") => `${place.site.url}notebook.html#nb=${deflateRawSync(text).toString("base64url")}${more}`;
const small = "<!doctype html><notebook><title>Small</title><script id=1 type=module>1</script></notebook>";

const refused: Record<string, [string, RegExp]> = {
  "ten thousand cells": [`<notebook><title>x</title>${"<script type=module>1</script>".repeat(10_000)}</notebook>`, /too many cells: 10,000, and 1,000 is the most/],
  "a cell of two million letters": [`<notebook><script>${"x ".repeat(1e6)}</script></notebook>`, /Cell 1 of this notebook is too long/],
  "a hundred million letters": [" ".repeat(1e8), /This notebook is too long/],
  "no notebook in eight million spaces": [" ".repeat(8e6), /no <notebook> element/]
};

it.each(Object.entries(refused))("refuses %s with a sentence", async (_, [text, sentence]) => {
  const page = await place.site.newPage();
  await page.goto(link(text));
  await page.getByText(sentence).waitFor();
  await page.context().close();
});

it("opens a link of <notebook and two million spaces, which has no cells", async () => {
  const page = await place.site.newPage();
  await page.goto(link(`<notebook ${" ".repeat(2e6)}`));
  await page.getByRole("button", {name: "Run it"}).waitFor();
  await page.context().close();
});

it("names a setting that is nested too deeply", async () => {
  const page = await place.site.newPage();
  await page.goto(link(small, `&set.deep=${"[".repeat(5000)}${"]".repeat(5000)}`));
  await page.getByText(/The setting “deep” in the address is nested more than 64 levels deep/).waitFor();
  await page.context().close();
});

const hostileOutput = `<!doctype html>
<notebook>
  <title>Outputs</title>
  <script id="1" type="module">
    const box = document.createElement("div");
    box.innerHTML = \`<p id="kept">Kept <b>text</b></p><meta http-equiv="refresh" content="3600; url=https://example.com/"><base href="https://example.com/"><link rel="stylesheet" href="https://example.com/a.css">
      <iframe srcdoc="<p>x</p>"></iframe><object data="data:text/html,x"></object><embed src="data:text/html,x"><a id="js" href="javascript:alert(1)">a</a><a id="fine" href="https://example.com/">b</a>
      <form action="https://example.com/"><button formaction="https://example.com/">c</button></form><p onclick="alert(1)">d</p>
      <svg width="9" height="9"><a href="javascript:alert(1)"><text>e</text></a><a><set attributeName="href" to="javascript:alert(1)"/><animate attributeName="href" values="javascript:alert(1)"/></a><use href="data:image/svg+xml,x#y"/><foreignObject><p>f</p></foreignObject><circle r="3"/></svg>
      <math><mi>x</mi></math><input value="typed">\`;
    display(box);
  </script>
</notebook>
`;

it("exports and prints what cells show without anything that acts", async () => {
  const page = await place.site.newPage();
  await page.route("**/notebooks/outputs-here.html", (route) => route.fulfill({contentType: "text/html", body: hostileOutput}));
  await visit(page, `${place.site.url}notebook.html?open=notebooks/outputs-here.html`);
  const found = await page.evaluate(async () => {
    const html = await (window as unknown as {diagonal: {exportedHtml(): Promise<string>}}).diagonal.exportedHtml();
    const {body} = new DOMParser().parseFromString(html, "text/html");
    const all = [...body.querySelectorAll("*")];
    const acting = all.filter(({localName}) => ["script", "meta", "base", "link", "iframe", "object", "embed", "set", "animate", "use", "foreignobject", "template"].includes(localName.toLowerCase()));
    const attributes = all.flatMap(({attributes}) => [...attributes]).filter(({name, value}) => name.startsWith("on") || /^(action|formaction|ping|srcdoc)$/.test(name) || /^\s*javascript:/i.test(value));
    return {
      acting: acting.map(({localName}) => localName),
      attributes: attributes.map(({name, value}) => `${name}=${value}`),
      kept: [body.querySelector("#kept")?.textContent, body.querySelector("#fine")?.getAttribute("href"), body.querySelector("circle") !== null, body.querySelector("math mi")?.textContent, body.querySelector("input")?.getAttribute("value")]
    };
  });
  expect(found).toEqual({acting: [], attributes: [], kept: ["Kept text", "https://example.com/", true, "x", "typed"]});
  await page.context().close();
});

it("keeps formulas, pictures and controls of a lesson in its export", async () => {
  const {page} = await openNotebook(place.site, "fixtures/basics.html");
  const kept = await page.evaluate(async () => {
    const html = await (window as unknown as {diagonal: {exportedHtml(): Promise<string>}}).diagonal.exportedHtml();
    const exported = new DOMParser().parseFromString(html, "text/html");
    return {math: exported.querySelectorAll("math").length, source: exported.querySelector("annotation")?.textContent ?? null, ranges: exported.querySelectorAll("input[type=range]").length, cells: exported.querySelectorAll(".n-cell").length};
  });
  const shown = await page.frames()[1].evaluate(() => ({math: document.querySelectorAll("math").length, source: document.querySelector("annotation")?.textContent ?? null, ranges: document.querySelectorAll("input[type=range]").length, cells: document.querySelectorAll(".n-cell").length}));
  expect(kept).toEqual(shown);
  await page.context().close();
});
