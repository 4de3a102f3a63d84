/**
 * On any file server but `npm start`: a service worker that keeps the site for use without a network, and sends the isolation headers
 * that threads need and that a plain file server does not send. Elsewhere (no https, an old browser) the site works without it.
 */
import {isServedLocally} from "./live-reload.ts";

export function keepOffline(): void {
  if (isServedLocally() || !("serviceWorker" in navigator) || !window.isSecureContext) return;
  navigator.serviceWorker
    .register("service-worker.js")
    .then(() => navigator.serviceWorker.ready)
    .then(() => isolate())
    .catch(() => {});
}

/** The headers come with the next load of the page: that one is brought about once, before the reader has done anything. */
function isolate() {
  if (crossOriginIsolated || sessionStorage.getItem("isolated") !== null) return;
  const reload = () => {
    sessionStorage.setItem("isolated", "tried");
    location.reload();
  };
  if (navigator.serviceWorker.controller) reload();
  else navigator.serviceWorker.addEventListener("controllerchange", reload, {once: true});
}
