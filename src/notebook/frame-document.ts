/** The document of the sandboxed frame: its policy, and its only script. What it runs is sent to it later (link.ts). */

/**
 * The only script in the frame's own document. It closes what no policy holds, then waits for the host's message and runs the module in it.
 * - WebRTC sends packets to any server, past every Content-Security-Policy, so its names are taken for good before a cell can use them.
 * - Entries of the browser's history are the reader's.
 * - A frame inside the frame may hold this script, too, with a WebRTC of its own: there the message comes from an opaque origin, and starts nothing.
 *
 * Its hash stands in the page's Content-Security-Policy (build.mjs computes it from this text), so no other inline script runs, in this frame or inside it.
 */
export const bootScript = [
  '(function(){function close(o,n){Object.defineProperty(o,n,{value:function(){throw new Error(n+" is closed to cells.")}})}',
  "Object.getOwnPropertyNames(self).forEach(function(n){if(/^(webkit|moz)?RTC/.test(n)){delete self[n];close(self,n)}});",
  '["pushState","replaceState"].forEach(function(n){delete History.prototype[n];close(History.prototype,n)});',
  'addEventListener("message",function start(e){if(e.source!==parent||e.origin==="null"||!e.data||e.data.kind!=="diagonal-start")return;removeEventListener("message",start);',
  'import(URL.createObjectURL(new Blob([e.data.code],{type:"text/javascript"}))).then(function(m){m.start(e.data,e.ports)})})})()'
].join("");

/** The frame's document. @param network whether cells may load from the network. */
export function frameDocument(network: boolean): string {
  const from = network ? "https: http: data: blob:" : "data: blob:";
  const policy =
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:; style-src 'unsafe-inline' blob: data:; worker-src blob:; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; " +
    `img-src ${from}; media-src ${from}; font-src data: blob:; connect-src ${from}`;
  const metas = `<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta http-equiv="x-dns-prefetch-control" content="off"><meta name="color-scheme" content="light dark">`;
  return `<!doctype html><html lang="en"><head>${metas}<title>What the cells show</title><script>${bootScript}</script></head><body></body></html>`;
}
