/** The stream of server-sent events that tells open pages of rebuilds. A page that comes later first hears how things stand. */
import type {ServerResponse} from "node:http";

/** How things stand with the site. */
export interface SiteNews {
  /** Of the code that pages are made of; another one asks a page to load itself again. */
  version: string;
  /** Why the last change of the code is not served. */
  failure?: string;
}

export interface PageStream {
  /** Begins the answer to a page that listens. */
  listen(response: ServerResponse): void;
  /** Says how things stand, to pages that come later as well. */
  tellState(news: SiteNews): void;
  /** Says which files of the site have other content now, without other code: `notebooks/X.html`. */
  tellContent(paths: readonly string[]): void;
  close(): void;
}

export function pageStream(): PageStream {
  const listeners = new Set<ServerResponse>();
  let state: string | undefined;
  const tell = (text: string) => listeners.forEach((response) => response.write(text));
  const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  return {
    listen(response) {
      response.writeHead(200, {"Content-Type": "text/event-stream"});
      response.write(`retry: 1000\n\n${state ?? ""}`);
      listeners.add(response);
      response.on("close", () => listeners.delete(response));
    },
    tellState(news) {
      state = event("state", news);
      tell(state);
    },
    tellContent: (paths) => tell(event("content", paths)),
    close: () => listeners.forEach((response) => response.end())
  };
}
