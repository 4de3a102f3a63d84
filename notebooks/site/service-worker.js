/**
 * Keeps the whole site (but source maps) in the browser's cache, so that it works without a network after the first visit, and adds the
 * headers of cross-origin isolation to every answer. build.mjs puts the files and a version of them in the place of the next line.
 */
const {version, files} = {/*files*/};
const isolation = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "same-origin"};

addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(version)
      .then((cache) => cache.addAll(files.map((file) => new Request(file, {cache: "no-cache"}))))
      .then(() => skipWaiting())
  );
});

addEventListener("activate", (event) => {
  const dropOld = async () => {
    for (const name of await caches.keys()) if (name.startsWith("diagonal-") && name !== version) await caches.delete(name);
    await clients.claim();
  };
  event.waitUntil(dropOld());
});

/** Kept files first: all of one version, never half of one and half of another. Whatever is not kept comes from the network. */
async function answer(request) {
  const cache = await caches.open(version);
  const kept = request.headers.has("range") ? undefined : await cache.match(request, {ignoreSearch: true});
  const response = kept ?? (await fetch(request));
  // A page must see that it was led elsewhere: a new answer would not say so.
  if (response.type === "opaque" || response.status === 0 || response.redirected) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(isolation)) headers.set(name, value);
  return new Response(response.body, {status: response.status, statusText: response.statusText, headers});
}

addEventListener("fetch", (event) => {
  const {request} = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  event.respondWith(answer(request));
});
