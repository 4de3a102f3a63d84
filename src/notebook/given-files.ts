/**
 * Files that the page was given, inside the frame: the drag and the drop happen again at the place where they happened on the page, as the browser's own
 * events, so that a cell takes files in the usual way. A `drop` has the files twice: in `dataTransfer.files`, and with their paths in `dataTransfer.given`.
 */

/** In CSS pixels. */
export interface Place {
  xPx: number;
  yPx: number;
}

export interface GivenFile {
  /** With the folders that were dropped, by "/". */
  path: string;
  file: File;
}

/** Says of an element that files dropped anywhere on the notebook are for it. */
const taker = "[data-takes-files]";

export class GivenFiles {
  private over: Element | null = null;

  /** `reveal` shows what took the files, where they were let go elsewhere. */
  constructor(private readonly reveal: (taker: Element) => void) {}

  /** Files hang over this place, or nowhere any more. */
  drag(place: Place | null): void {
    const target = place && targetAt(place);
    if (this.over && this.over !== target) this.over.dispatchEvent(new DragEvent("dragleave", {bubbles: true}));
    this.over = target;
    target?.dispatchEvent(new DragEvent("dragover", {bubbles: true, cancelable: true, dataTransfer: new DataTransfer()}));
  }

  /** Lets files go at a place; whether something took them. */
  drop(place: Place, files: readonly GivenFile[]): boolean {
    const dataTransfer = Object.assign(new DataTransfer(), {given: files});
    for (const {file} of files) dataTransfer.items.add(file);
    const target = targetAt(place);
    const isTaken = target !== null && !target.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer}));
    if (isTaken && !target.contains(elementAt(place))) this.reveal(target);
    return isTaken;
  }
}

const elementAt = ({xPx, yPx}: Place) => document.elementFromPoint(xPx, yPx);

/** What stands there or, unless it takes files, the first thing on the notebook that does. */
function targetAt(place: Place): Element | null {
  const there = elementAt(place);
  return there?.closest(taker) ?? document.querySelector(taker) ?? there;
}
