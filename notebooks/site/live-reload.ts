/** What a page does after a rebuild, when it is served by `npm start`; elsewhere it does nothing. */
import {make} from "../../src/notebook/dom.ts";

/** How `npm start` is named in the head of its pages; its description is the version of the code that the page is made of. */
function startTiming(): PerformanceServerTiming | undefined {
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return navigation?.serverTiming.find(({name}) => name === "diagonal-start");
}

/** Whether the page comes from `npm start`, which rebuilds and can write notebooks back. */
export function isServedLocally(): boolean {
  return startTiming() !== undefined;
}

/** What src/cli/page-stream.ts tells. */
interface SiteNews {
  version: string;
  failure?: string;
}

/**
 * Loads the page again when its code has changed, and says so where the code could not be built. Files with other content, such as
 * "notebooks/X.html", are told to `onContent`: a page need not lose what it holds for them.
 */
export function followRebuilds(onContent: (paths: string[]) => void): void {
  const timing = startTiming();
  if (!timing) return;
  const line = make("p", "h-build");
  line.setAttribute("role", "status");
  document.body.append(line);
  const stream = new EventSource("live-reload");
  stream.addEventListener("state", ({data}) => {
    const {version, failure} = JSON.parse(data as string) as SiteNews;
    // Told at the beginning as well: a page that was loaded while builds were exchanged may hold some of each.
    if (version !== timing.description) return location.reload();
    line.textContent = failure ? `A change could not be built; this page is the last build that could be. ${failure}` : "";
  });
  stream.addEventListener("content", ({data}) => onContent(JSON.parse(data as string) as string[]));
}
