/**
 * The host's hold on the sandboxed frame: builds it, talks to it, notices when it is gone or does not answer, and throws it away.
 * What is inside is foreign: of opaque origin, without storage, unable to navigate the page.
 */
import {connect, Guard, serve, type Connection, type Handlers} from "../rpc/port.ts";
import {frameDocument} from "./frame-document.ts";
import {keepFocus} from "./frame-focus.ts";
import {watchHistory} from "./history-watch.ts";
import {checkedNews} from "./news-kinds.ts";
import type {FontFacts, FrameCalls, FrameEnvironment, FrameNews, ModulePart, Start} from "./messages.ts";

/** What the frame is made of, loaded once by the host. */
export interface FrameAssets {
  code: string;
  css: string;
  /** See FrameEnvironment. */
  parts?: Record<string, ModulePart>;
  fonts: FontFacts[];
  /** The bytes of one of the fonts, by its place in the list. */
  font(index: number): Promise<ArrayBuffer>;
  /** The text of a module that cells import; rejects with a sentence for an unknown name. */
  module(name: string): Promise<string>;
  /** A file that belongs to the notebook. */
  attachment(name: string): Promise<Blob>;
}

export interface LinkOptions {
  container: HTMLElement;
  assets: FrameAssets;
  services: Handlers;
  env: FrameEnvironment;
  /** Whether cells may load from the network; a notebook from elsewhere may not, so that it cannot tell anyone what it saw. */
  network?: boolean;
  hear: {[K in keyof FrameNews]: (news: FrameNews[K]) => void};
}

/** A message to the window means nothing, and costs as much as many to a port. */
const meaningless = 40;

export class FrameLink {
  readonly element: HTMLIFrameElement;
  /** Resolves when the frame answers for the first time. */
  readonly ready: Promise<void>;
  private readonly client: Connection;
  private readonly stops: (() => void)[] = [];
  private readonly guard = new Guard({onFlood: (what) => this.onLost?.(`The cells flooded this page with ${what}, so their frame was taken away.`)});

  constructor({container, assets, services, env, network = true, hear}: LinkOptions) {
    const control = new MessageChannel();
    const service = new MessageChannel();
    this.client = connect(control.port1);
    const handlers: Handlers = {
      module: ({name}: {name: string}) => assets.module(String(name)),
      font: ({index}: {index: number}) => assets.font(Number(index)),
      attachment: ({name}: {name: string}) => assets.attachment(String(name))
    };
    for (const [name, listener] of Object.entries(hear)) handlers[name] = (news) => void (listener as (news: unknown) => void)(news);
    // Keys that were pressed where the focus is not are made up.
    handlers.key = (news: FrameNews["key"]) => document.activeElement === this.element && hear.key(news);
    const {guard} = this;
    this.stops.push(serve(control.port1, checkedNews(handlers), {guard}), serve(service.port1, services, {guard}));
    // What cells post to the page itself means nothing here, and costs it time all the same.
    const count = ({source}: MessageEvent) => source === this.element.contentWindow && guard.hears(meaningless);
    addEventListener("message", count);
    this.stops.push(watchHistory(() => this.onLost?.("A cell filled the browser's history, so its frame was taken away.")));
    this.stops.push(() => {
      control.port1.close();
      service.port1.close();
      removeEventListener("message", count);
      this.client.end("The frame that was asked is gone.");
    });

    const frame = (this.element = container.ownerDocument.createElement("iframe"));
    frame.className = "h-frame";
    frame.title = "What the cells show";
    // No allow-same-origin: with it, cells could take their own sandbox off.
    frame.setAttribute("sandbox", "allow-scripts");
    frame.setAttribute("allow", "cross-origin-isolated");
    frame.srcdoc = frameDocument(network);
    let loads = 0;
    frame.addEventListener("load", () => {
      // A second load means that a cell sent the frame elsewhere: what is there now gets no port, and is taken away.
      if (++loads > 1) return this.onLost?.("A cell sent its frame to another page, which is not allowed.");
      const start: Start = {kind: "diagonal-start", code: assets.code, css: assets.css, fonts: assets.fonts, env: {...env, parts: assets.parts}};
      frame.contentWindow!.postMessage(start, "*", [control.port2, service.port2]);
    });
    container.prepend(frame);
    if (!network) this.stops.push(keepFocus(frame, () => this.onLost?.("The cells took the focus again and again from where you were, so their frame was taken away.")));
    this.ready = this.call("ping", undefined).then(() => {});
    this.ready.catch(() => {});
  }

  /** Called when the frame is no longer ours. */
  onLost?: (why: string) => void;

  call<K extends keyof FrameCalls>(name: K, args: FrameCalls[K]): Promise<unknown> {
    return this.client.call(name, args);
  }

  /** Tells the frame something; where it is gone, so is what it would be for. */
  tell<K extends keyof FrameCalls>(name: K, args: FrameCalls[K]): void {
    this.call(name, args).catch(() => {});
  }

  /** Whether the frame answers within `limitMs`. */
  async answers(limitMs: number): Promise<boolean> {
    const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), limitMs));
    return Promise.race([this.call("ping", undefined).then(() => true, () => false), late]);
  }

  /** Removes the frame, ends every call and stream that it had open, and rejects what waits for its answers. */
  remove(): void {
    this.stops.forEach((stop) => stop());
    this.element.remove();
  }
}
