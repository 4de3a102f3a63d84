/** A server that behaves like the model hub: its API with sizes and hashes, redirects to another path, ranges, and on request every fault there is. */
import {createHash} from "node:crypto";
import {createServer} from "node:http";
import type {AddressInfo} from "node:net";

export interface HubFaults {
  /** Cuts the connection after so many bytes of the weights, so many times. */
  dropAfter?: number;
  drops?: number;
  /** Announces the weights with so many bytes more than there are. */
  announceMore?: number;
  /** Sends other bytes of the weights than it has a hash of. */
  damage?: boolean;
  /** Sends the weights in pieces of so many bytes, one every `trickleMs`. */
  trickleBytes?: number;
  trickleMs?: number;
  /** Gives files whole, whatever range is asked for. */
  noRanges?: boolean;
  /** Does not say in the API how large the files are, or which hash they have. */
  silent?: boolean;
  /** Answers so many requests for the weights with 503. */
  busy?: number;
}

export interface Hub {
  url: string;
  /** By repository, then by file. */
  repositories: Map<string, Record<string, Uint8Array>>;
  faults: HubFaults;
  /** Ranges of weights that were asked for, as "begin-end". */
  ranges: string[];
  close(): Promise<void>;
}

const isWeights = (file: string) => file.endsWith(".safetensors");

export async function startHub(repositories: Record<string, Record<string, Uint8Array>>): Promise<Hub> {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url!, "http://x").pathname);
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Expose-Headers", "ETag, Content-Range, Content-Length");
    const listed = /^\/api\/models\/([^/]+\/[^/]+)\/revision\//.exec(path);
    if (listed) {
      const files = hub.repositories.get(listed[1]);
      if (!files) return void response.writeHead(401).end('{"error":"Repository not found"}');
      const siblings = Object.entries(files).map(([rfilename, bytes]) => ({rfilename, ...(!hub.faults.silent && {size: bytes.length, ...(isWeights(rfilename) && {lfs: {size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex")}})})}));
      return void response.setHeader("Content-Type", "application/json").end(JSON.stringify({siblings}));
    }
    // The hub sends the reader on to another server for large files.
    const resolved = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/.exec(path);
    if (resolved && isWeights(resolved[2])) return void response.writeHead(302, {Location: `/cdn/${resolved[1]}/${resolved[2]}`}).end();
    const [, repository, file] = /^(?:\/cdn)?\/([^/]+\/[^/]+)\/(?:resolve\/[^/]+\/)?([^/]+)$/.exec(path) ?? [];
    const bytes = hub.repositories.get(repository)?.[file];
    if (!bytes) return void response.writeHead(404).end("Entry not found");
    await send(bytes, isWeights(file));
    async function send(all: Uint8Array, faulty: boolean) {
      const {faults} = hub;
      const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
      if (faulty && request.method === "GET" && (faults.busy ?? 0) > 0) {
        faults.busy!--;
        return void response.writeHead(503).end();
      }
      const ranged = range !== null && !(faulty && faults.noRanges);
      const begin = ranged ? Number(range[1]) : 0;
      const announced = all.length + (faulty ? (faults.announceMore ?? 0) : 0);
      const end = ranged && range[2] !== "" ? Math.min(Number(range[2]) + 1, announced) : announced;
      if (begin >= all.length) return void response.writeHead(416).end();
      if (ranged && faulty) hub.ranges.push(`${begin}-${end}`);
      response.writeHead(ranged ? 206 : 200, {ETag: `"${all.length}"`, "Content-Length": end - begin, ...(ranged && {"Content-Range": `bytes ${begin}-${end - 1}/${announced}`})});
      if (request.method === "HEAD") return void response.end();
      let part = Buffer.from(all.subarray(begin, Math.min(end, all.length)));
      if (faulty && faults.damage) part = part.map((byte, i) => (begin + i === all.length - 5 ? byte ^ 255 : byte)) as Buffer<ArrayBuffer>;
      if (faulty && (faults.drops ?? 0) > 0) {
        faults.drops!--;
        response.write(part.subarray(0, faults.dropAfter ?? 0));
        // Late enough that what was sent is taken by the reader.
        return void setTimeout(() => response.destroy(), 100);
      }
      const piece = faulty ? (faults.trickleBytes ?? part.length) : part.length;
      for (let at = 0; at < part.length && !response.destroyed; at += piece) {
        response.write(part.subarray(at, at + piece));
        if (faulty && faults.trickleMs) await new Promise((resolve) => setTimeout(resolve, faults.trickleMs));
      }
      if (end > all.length) setTimeout(() => response.destroy(), 100); // less than it announced
      else response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const hub: Hub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    repositories: new Map(Object.entries(repositories)),
    faults: {},
    ranges: [],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  };
  return hub;
}
