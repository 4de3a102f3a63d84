/** Loads the page again after a rebuild, when it is served by `npm start`; elsewhere it does nothing. */

/** Whether the page comes from `npm start`, which rebuilds and can write notebooks back. */
export function isServedLocally(): boolean {
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return navigation?.serverTiming.some(({name}) => name === "diagonal-start") ?? false;
}

export function followRebuilds(): void {
  if (!isServedLocally()) return;
  new EventSource("live-reload").addEventListener("reload", () => location.reload());
}
