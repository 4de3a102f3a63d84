/** A map of 15,000 points under the pointer: main-thread time of a frame while it is dragged and zoomed, from a Chromium trace. */
import type {Page} from "playwright-core";
import {openBrowser} from "./browser.ts";
import type {Row} from "./rows.ts";

/** What a frame may take of the main thread, in ms. */
const allowedMs = 16;
const moves = 60;

/** Rows for points in two colours, and for points coloured by rank; the frame at the 95th percentile. */
export async function measurePan(): Promise<Row[]> {
  const {page, close} = await openBrowser({entries: {pan: "src/cli/bench/pan-page.ts"}});
  try {
    await page.setViewportSize({width: 1280, height: 800});
    await page.addScriptTag({type: "module", url: "/pan.js"});
    await page.waitForFunction(() => "show" in window);
    const rows: Row[] = [];
    for (const [what, colourBy] of [["two colours", null], ["coloured by rank", "rank"]] as const) {
      await page.evaluate((by) => (window as unknown as {show(by: string | null): void}).show(by), colourBy);
      await page.waitForTimeout(1000);
      // A map that has settled has been drawn some dozens of times: its code is compiled by then.
      await panAndZoom(page);
      const ms = await framesWhile(page, () => panAndZoom(page));
      const ours = ms[Math.floor(0.95 * ms.length)];
      rows.push({what: `pan and zoom of 15000 points, ${what}, a frame`, backend: "canvas", unit: "ms", ours, peer: "allowed", theirs: allowedMs, ratio: ours / allowedMs});
    }
    return rows;
  } finally {
    await close();
  }
}

async function panAndZoom(page: Page): Promise<void> {
  await page.mouse.move(600, 400);
  await page.keyboard.down("Control");
  for (let i = 0; i < moves / 3; i++) await page.mouse.wheel(0, -12);
  await page.keyboard.up("Control");
  await page.mouse.down();
  for (let i = 0; i < moves; i++) await page.mouse.move(600 + 60 * Math.sin(i / 5), 400 + 40 * Math.cos(i / 7));
  await page.mouse.up();
}

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Time of the processor, in microseconds. */
  tdur?: number;
  args?: {name?: string};
}

/** Processor time of the main thread's tasks meanwhile, in ms, in order of length; those under a millisecond draw nothing. */
async function framesWhile(page: Page, act: () => Promise<void>): Promise<number[]> {
  const browser = page.context().browser()!;
  await browser.startTracing(page, {categories: ["toplevel", "devtools.timeline", "__metadata"]});
  await act();
  const {traceEvents} = JSON.parse((await browser.stopTracing()).toString()) as {traceEvents: TraceEvent[]};
  const main = new Set(traceEvents.filter(({name, args}) => name === "thread_name" && args?.name === "CrRendererMain").map(({pid, tid}) => `${pid} ${tid}`));
  const tasks = traceEvents.filter(({name, pid, tid, tdur}) => (name === "RunTask" || name === "ThreadControllerImpl::RunTask") && tdur !== undefined && main.has(`${pid} ${tid}`));
  return tasks.map(({tdur}) => tdur! / 1000).filter((ms) => ms > 1).sort((a, b) => a - b);
}
