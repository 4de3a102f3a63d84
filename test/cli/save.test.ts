/** Notebooks written back over HTTP: which names are taken, and a sentence for those that are not. */
import {mkdtemp, readFile, readdir, rm} from "node:fs/promises";
import {request} from "node:http";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {afterAll, beforeAll, expect, it} from "vitest";
import {serveSite, type Server} from "../../src/cli/serve.ts";

let folder: string;
let server: Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "diagonal-save-"));
  server = await serveSite({root: folder, notebooks: folder});
});
afterAll(async () => {
  await server.close();
  await rm(folder, {recursive: true});
});

/** Puts a notebook as the site's own page does. */
function put(name: string): Promise<{status: number; said: string}> {
  const origin = server.url.slice(0, -1);
  return new Promise((resolve, reject) => {
    const asking = request(`${server.url}notebooks/${name}`, {method: "PUT", headers: {Origin: origin}}, (answer) => {
      let said = "";
      answer.on("data", (chunk: Buffer) => (said += chunk.toString()));
      answer.on("end", () => resolve({status: answer.statusCode!, said}));
    });
    asking.on("error", reject);
    asking.end("<notebook></notebook>");
  });
}

it("saves under a name of two hundred letters", async () => {
  const name = `${"x".repeat(195)}.html`;
  expect(await put(name)).toEqual({status: 204, said: ""});
  expect(await readFile(join(folder, name), "utf8")).toBe("<notebook></notebook>");
});

it.each([201, 255, 400, 4000])("says so where a name has %i letters, and leaves nothing behind", async (length) => {
  const before = await readdir(folder);
  expect(await put(`${"x".repeat(length - 5)}.html`)).toEqual({status: 414, said: `A notebook's file name may have 200 letters at most; this one has ${length}.\n`});
  expect(await readdir(folder)).toEqual(before);
});
