/**
 * What `npm start` serves in the place of the service worker: one that came to this address from an earlier server of the built site would go on
 * answering with its own, old files. This one throws them away and leaves.
 */
addEventListener("install", () => skipWaiting());

addEventListener("activate", (event) => {
  const leave = async () => {
    for (const name of await caches.keys()) if (name.startsWith("diagonal-")) await caches.delete(name);
    await registration.unregister();
    for (const client of await clients.matchAll({type: "window"})) await client.navigate(client.url);
  };
  event.waitUntil(leave());
});
