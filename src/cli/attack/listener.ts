/** Listeners on this machine that count what reaches them: each way out is given its own, so that what arrives names its way. */
import {createSocket} from "node:dgram";
import {createServer} from "node:http";
import type {AddressInfo} from "node:net";
import type {Out} from "./ways-out.ts";

/** What arrived by one way. */
export interface Arrivals {
  connections: number;
  requests: number;
  packets: number;
}

export interface Listener {
  out: Out;
  arrived: Arrivals;
  close(): Promise<void>;
}

/**
 * Listens on a free TCP and a free UDP port of this machine.
 * @param name a host name of this machine for its addresses, such as `way-1.localhost`: look-ups of it name the way.
 */
export async function listenFor(name: string): Promise<Listener> {
  const arrived: Arrivals = {connections: 0, requests: 0, packets: 0};
  const server = createServer((_request, response) => {
    arrived.requests++;
    response.writeHead(200, {"Content-Type": "text/plain", "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}).end();
  });
  server.on("connection", () => arrived.connections++);
  const socket = createSocket("udp4").on("message", () => arrived.packets++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const {port} = server.address() as AddressInfo;
  return {
    out: {url: `http://${name}:${port}/`, host: `${name}:${port}`, udp: `127.0.0.1:${socket.address().port}`},
    arrived,
    close: async () => {
      server.closeAllConnections();
      await Promise.all([new Promise<void>((resolve) => server.close(() => resolve())), new Promise<void>((resolve) => socket.close(() => resolve()))]);
    }
  };
}
