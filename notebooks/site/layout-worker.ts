/** The second worker: lays out the joint map while the first one trains. Only plain arrays come in and go out. */
import {judgeMap, type JudgeRequest} from "../../src/explore/judge.ts";
import {layout, layoutFrames, type LayoutFrame, type LayoutRequest} from "../../src/explore/layout.ts";
import {serveWorker, Transfer} from "../../src/rpc/port.ts";

const frameMs = 15;

serveWorker({
  /** Streams the map while it settles, about sixty times a second, and the finished one last. */
  async *"layout.fit"(request: LayoutRequest, signal: AbortSignal) {
    let sent = performance.now();
    for (const frame of layoutFrames(request)) {
      const last = frame.epoch === frame.epochs;
      if (!last && performance.now() - sent < frameMs) continue;
      // A turn of the event loop lets an abort, or the request for the next frame, arrive.
      await new Promise((resolve) => setTimeout(resolve));
      if (signal.aborted) return;
      yield moved(frame);
      sent = performance.now();
    }
  },
  /** The finished map in one answer. */
  "layout.settle": (request: LayoutRequest) => moved(layout(request)),
  /** What a map hides, and how each pair truly stands. */
  "layout.judge": (request: JudgeRequest) => judgeMap(request)
});

function moved(frame: LayoutFrame): Transfer<LayoutFrame> {
  return new Transfer(frame, [frame.x.buffer, frame.y.buffer]);
}
