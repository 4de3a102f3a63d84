/**
 * Files dropped anywhere on the notebook. While files are dragged over the page, a pane stands before everything and takes them: the sandboxed frame,
 * being of opaque origin, is given dropped files but may not look into dropped folders. What came is handed to the frame (given-files.ts).
 */
import {make} from "./dom.ts";
import type {GivenFile, Place} from "./given-files.ts";

export interface DropPaneOptions {
  /** All files of a drop, those in folders too; called while the drop event is handled. */
  filesOfDrop(transfer: DataTransfer): Promise<GivenFile[]>;
  /** Files hang over this place of the window; null: they are gone. */
  over(place: Place | null): void;
  /** Files were let go there. */
  drop(place: Place, files: GivenFile[]): Promise<unknown>;
  /** Something went wrong, in a sentence. */
  fail(sentence: string): void;
}

export class DropPane {
  readonly element = make("div", "h-drop");

  constructor({filesOfDrop, over, drop, fail}: DropPaneOptions) {
    const {element} = this;
    const place = ({clientX, clientY}: DragEvent): Place => ({xPx: clientX, yPx: clientY});
    const leave = () => {
      element.hidden = true;
      over(null);
    };
    element.hidden = true;
    document.addEventListener("dragenter", (event) => {
      if (event.dataTransfer?.types.includes("Files")) this.show();
    });
    element.addEventListener("dragover", (event) => {
      event.preventDefault();
      event.dataTransfer!.dropEffect = "copy";
      over(place(event));
    });
    element.addEventListener("dragleave", leave);
    // While something is dragged a pointer tells of no moves: one that does means that the drag ended unseen.
    element.addEventListener("pointermove", leave);
    element.addEventListener("drop", (event) => {
      event.preventDefault();
      const reading = filesOfDrop(event.dataTransfer!);
      leave();
      reading.then((files) => drop(place(event), files)).catch((error: Error) => fail(`What was dropped could not be read: ${error.message}`));
    });
  }

  show(): void {
    this.element.hidden = false;
  }
}
