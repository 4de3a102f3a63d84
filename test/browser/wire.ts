/** Counts what goes over the wire: a server in front of the site's, which passes everything on and weighs it, whoever asked (page, frame, workers). */
import {createServer, request as ask} from "node:http";
import type {AddressInfo} from "node:net";

export interface Wire {
  /** The site through this server, with a slash at the end. */
  url: string;
  /** Bytes by path, as sent: compressed, without headers. */
  sent: Map<string, number>;
  /** Bytes of all files together. */
  total(): number;
  close(): Promise<void>;
}

/** Stands in front of the site at `target`. */
export async function openWire(target: string): Promise<Wire> {
  const sent = new Map<string, number>();
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url!;
    const passed = ask(new URL(path, target), {method: incoming.method, headers: incoming.headers}, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.on("data", (chunk: Buffer) => sent.set(path, (sent.get(path) ?? 0) + chunk.length));
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    sent,
    total: () => [...sent.values()].reduce((sum, bytes) => sum + bytes, 0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      })
  };
}
