/** Files dragged onto a page from outside the browser: DevTools' drag is the browser's own, folders and all. */
import type {Page} from "playwright-core";

/** A place in the window, in CSS pixels. */
export type Place = {x: number; y: number};

/** Drags `paths` in at `from`, and lets them hang over `to`; gives what ends it there. */
export async function drag(page: Page, paths: string[], from: Place, to: Place): Promise<(type: "drop" | "dragCancel") => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  const send = (type: "dragEnter" | "dragOver" | "drop" | "dragCancel", place: Place) => session.send("Input.dispatchDragEvent", {type, ...place, data: {items: [], files: paths, dragOperationsMask: 1}});
  await send("dragEnter", from);
  await page.locator(".h-drop").waitFor();
  // DevTools stays with what the drag entered; a drag by hand leaves it, and enters what is under the pointer now.
  await send("dragEnter", from);
  await send("dragOver", to);
  await send("dragOver", to);
  return async (type) => {
    await send(type, to);
    await session.detach();
  };
}
