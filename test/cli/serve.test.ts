/** What the local server lets out of the folders that lie beside the site, and what it takes in; asked over HTTP, byte by byte where a client would tidy the address up. */
import {mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile} from "node:fs/promises";
import {request} from "node:http";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {isOwnAnswer} from "../../notebooks/site/own-source.ts";
import {serveSite, type Server} from "../../src/cli/serve.ts";
import {checksum} from "../../src/notebook/file.ts";

const notebook = "<!doctype html>\n<notebook>\n  <title>N</title>\n</notebook>\n";
let server: Server;
let folder: string;
const at = (...path: string[]) => join(folder, ...path);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "diagonal-serve-"));
  for (const name of ["site/notebooks", "site/lessons", "data/set", "photos/deep", "outside", "notebooks"]) await mkdir(at(name), {recursive: true});
  for (const path of ["site/notebooks/n.html", "site/lessons/n.html", "data/x.html", "photos/x.html", "photos/deep/x.html", "notebooks/n.html"]) await writeFile(at(path), notebook);
  for (const name of ["evil.html", "evil.svg", "evil.xhtml", "evil.xml", "evil.xsl", "evil.htm", "evil.pdf", "evil.js", "evil", "p.png", "t.csv", "j.json", "r.md"]) await writeFile(at("photos", name), "<svg onload='alert(1)'>");
  await writeFile(at("outside/secret.txt"), "secret");
  await symlink(at("outside/secret.txt"), at("photos/out.txt"));
  await symlink(at("outside"), at("photos/deep/out"));
  await symlink(at("outside"), at("data/out"));
  await symlink(at("photos/t.csv"), at("photos/in.csv"));
  await symlink(at("nowhere"), at("photos/broken"));
  await symlink(at("outside/secret.txt"), at("site/out.txt"));
  await symlink(at("photos"), at("linked-photos"));
  await symlink(at("outside/secret.txt"), at("notebooks/link.html"));
  await mkdir(at("notebooks/folder.html"));
  server = await serveSite({root: at("site"), mounts: {"/data/": at("data"), "/mount/outside/": at("photos"), "/mount/linked/": at("linked-photos")}, notebooks: at("notebooks")});
});
afterAll(async () => {
  await server?.close();
  await rm(folder, {recursive: true, force: true});
});

const get = (path: string) => fetch(`${server.url}${path}`);

/** The path goes as it is, dots and slashes included. */
function raw(path: string): Promise<{status: number; headers: Record<string, unknown>; body: string}> {
  return new Promise((resolve, reject) => {
    const {hostname, port} = new URL(server.url);
    request({hostname, port, path, headers: {host: `localhost:${port}`}}, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk)).on("end", () => resolve({status: response.statusCode!, headers: response.headers, body}));
    }).on("error", reject).end();
  });
}

describe("files beside the site", () => {
  it("run nothing: they are sandboxed, and whatever could hold a script is saved instead of shown", async () => {
    for (const name of ["evil.html", "evil.svg", "evil.xhtml", "evil.xml", "evil.xsl", "evil.htm", "evil.pdf", "evil.js", "evil"]) {
      const {headers, status} = await get(`mount/outside/${name}`);
      expect([name, status, headers.get("content-security-policy"), headers.get("x-content-type-options"), headers.get("content-disposition"), headers.get("diagonal-serves")]).toEqual([name, 200, "sandbox", "nosniff", "attachment", "mount"]);
    }
    for (const name of ["p.png", "t.csv", "j.json", "r.md"]) {
      const {headers} = await get(`mount/outside/${name}`);
      expect([name, headers.get("content-security-policy"), headers.get("content-disposition"), headers.get("diagonal-serves")]).toEqual([name, "sandbox", null, "mount"]);
    }
    const known = (await get("data/x.html")).headers.get("etag")!;
    const again = await fetch(`${server.url}data/x.html`, {headers: {"if-none-match": known}});
    expect([again.status, again.headers.get("content-security-policy")]).toEqual([304, "sandbox"]);
    expect((await fetch(`${server.url}data/x.html`, {headers: {range: "bytes=0-3"}})).headers.get("content-disposition")).toBe("attachment");
  });

  it("leaves the site's own pages as they were", async () => {
    const {headers} = await get("notebooks/n.html");
    expect([headers.get("content-security-policy"), headers.get("content-disposition"), headers.get("diagonal-serves"), headers.get("cross-origin-opener-policy")]).toEqual([null, null, "site", "same-origin"]);
  });

  it("follows links inside a folder and none that leaves it, in files, folders and lists", async () => {
    for (const path of ["mount/outside/out.txt", "mount/outside/deep/out/secret.txt", "mount/outside/deep/out/files.json", "data/out/secret.txt", "data/out/files.json", "data/out/", "mount/linked/out.txt", "out.txt"]) {
      const response = await get(path);
      expect([path, response.status]).toEqual([path, 403]);
      const said = await response.text();
      expect(said).toMatch(/is a link that leads out of the folder that is served\. .*--mount NAME=DIR/);
      expect(said).not.toContain("secret\n");
    }
    expect((await get("mount/outside/broken")).status).toBe(404);
    expect(await (await get("mount/outside/in.csv")).text()).toContain("<svg");
    // A folder that is named by a link is the folder that it leads to.
    expect((await get("mount/linked/t.csv")).status).toBe(200);
    const list = (await (await get("mount/outside/files.json")).json()) as {path: string}[];
    expect(list.map(({path}) => path)).toEqual(["deep/x.html", "evil", "evil.htm", "evil.html", "evil.js", "evil.pdf", "evil.svg", "evil.xhtml", "evil.xml", "evil.xsl", "j.json", "p.png", "r.md", "t.csv", "x.html"]);
  });
});

describe("which notebooks are the site's own", () => {
  const lent = [
    "data/x.html", "mount/outside/x.html", "/data/x.html", "./data/x.html", "notebooks/../data/x.html", "notebooks/%2e%2e/data/x.html", "%64ata/x.html", "d%61ta%2Fx.html", "data%2fx.html",
    "mount%2Foutside%2Fx.html", "mount\\outside\\x.html", "\\mount\\outside/x.html", "mount/outside/deep/../x.html", "mount/outside//x.html", "mount/outside/./x.html", "mount/outside/deep%2Fx.html", "data/%78.html",
    "MOUNT/outside/x.html", "Data/x.html", "//data/x.html", ".//data/x.html", "%2fdata/x.html", "%2F%2Fdata/x.html", "%5Cdata/x.html", "data%5Cx.html", "%2564ata/x.html", "data%00/x.html", "mount/linked/x.html", "data%c0%afx.html", "ｄata/x.html", "da\tta/x.html", "notebooks%2f..%2fdata/x.html"
  ];

  it.each(lent)("%s is never, whatever the server makes of it", async (address) => {
    const base = new URL(`${server.url}notebook.html`);
    const asked = new URL(address, base);
    if (asked.origin !== base.origin) return; // a name of another machine
    const answer = await fetch(asked);
    expect(isOwnAnswer(asked, answer, {base, isServedLocally: true})).toBe(false);
    // Nor on a server that says nothing.
    expect(isOwnAnswer(asked, {url: answer.url, headers: new Headers()}, {base, isServedLocally: false})).toBe(false);
    if (answer.ok) expect(answer.headers.get("diagonal-serves")).toBe("mount");
  });

  it("serves nothing of a mount under a path that it does not call one", async () => {
    for (const path of ["//data/x.html", "/./data/x.html", "/notebooks/./../data/x.html", "/data/../data/x.html", "/%2e/data/x.html", "/lessons/..%2fdata/x.html", "/DATA/x.html", "/\\data\\x.html"]) {
      const {status, headers} = await raw(path);
      expect([path, status === 200 && headers["diagonal-serves"] !== "mount"]).toEqual([path, false]);
    }
  });

  it("takes the site's own, wherever the site lies", async () => {
    for (const address of ["notebooks/n.html", "lessons/n.html", "notebooks/n%2Ehtml", "/notebooks/n.html", "lessons/../notebooks/n.html"]) {
      const base = new URL(`${server.url}notebook.html`);
      const asked = new URL(address, base);
      expect([address, isOwnAnswer(asked, await fetch(asked), {base, isServedLocally: true})]).toEqual([address, true]);
    }
    const base = new URL("https://example.org/a/site/notebook.html");
    const own = (asked: string, answered = asked, headers = {}) => isOwnAnswer(new URL(asked, base), {url: new URL(answered, base).href, headers: new Headers(headers)}, {base, isServedLocally: false});
    expect(own("notebooks/n.html")).toBe(true);
    expect(own("notebooks/n.html", "notebooks/n")).toBe(true);
    expect(own("/a/other/n.html")).toBe(false);
    expect(own("notebooks/n.html", "https://elsewhere.example/n.html")).toBe(false);
    expect(own("go?to=data", "data/x.html")).toBe(false);
    expect(own("blob:https://example.org/123")).toBe(false);
    expect(own("notebooks/n.html", "notebooks/n.html", {"Diagonal-Serves": "mount"})).toBe(false);
  });
});

describe("saving", () => {
  const put = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}${path}`, {method: "PUT", headers: {origin: server.url.slice(0, -1), ...headers}, body: notebook.replace("N<", "M<")}).then(async (response) => [response.status, await response.text()] as const);

  it("writes through no link, over no folder, and over nothing that the page has not read", async () => {
    expect(await put("notebooks/link.html")).toEqual([403, expect.stringContaining("notebooks/link.html is a link: it is not saved over")]);
    expect(await readFile(at("outside/secret.txt"), "utf8")).toBe("secret");
    expect(await readlink(at("notebooks/link.html"))).toBe(at("outside/secret.txt"));
    expect(await put("notebooks/folder.html")).toEqual([403, expect.stringContaining("is no file")]);
    expect((await put("notebooks/n.html"))[0]).toBe(409);
    expect((await put("notebooks/n.html", {"x-based-on": checksum("else")}))[0]).toBe(409);
    expect(await readFile(at("notebooks/n.html"), "utf8")).toBe(notebook);
    expect((await put("notebooks/n.html", {"x-based-on": checksum(notebook)}))[0]).toBe(204);
    expect(await readFile(at("notebooks/n.html"), "utf8")).toContain("M<");
    expect(await put(`notebooks/${"n".repeat(400)}.html`)).toEqual([414, expect.stringContaining("200 letters at most")]);
    // What a sandboxed document is called.
    expect((await put("notebooks/new.html", {origin: "null"}))[0]).toBe(403);
  });
});
