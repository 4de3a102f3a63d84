/** A file server as anybody has one: it sends files and does nothing else. */
import {mkdtemp, readFile, rm, symlink} from "node:fs/promises";
import {createServer} from "node:http";
import type {AddressInfo} from "node:net";
import {tmpdir} from "node:os";
import {extname, join} from "node:path";

const types: Record<string, string> = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml", ".wasm": "application/wasm", ".woff2": "font/woff2"};

/** Serves dist/ under a sub-path, without any header of ours. */
export async function plainServer(): Promise<{url: string; close(): Promise<void>}> {
  const folder = await mkdtemp(join(tmpdir(), "diagonal-plain-"));
  await symlink(join(process.cwd(), "dist"), join(folder, "sub"));
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!.split(/[?#]/)[0]).replace(/\/$/, "/index.html");
    readFile(join(folder, path)).then(
      (bytes) => response.writeHead(200, {"Content-Type": types[extname(path)] ?? "application/octet-stream"}).end(bytes),
      () => response.writeHead(404).end()
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, {recursive: true});
  };
  return {url: `http://localhost:${(server.address() as AddressInfo).port}/sub/`, close};
}
