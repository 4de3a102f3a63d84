/** The cells' views over the frame: in the notebook's order, one of them selected, each where the frame says. */
import type {Cell} from "@observablehq/notebook-kit";
import type {CellView} from "./cell-view.ts";
import {make} from "./dom.ts";
import type {Layout} from "./messages.ts";

/** A frame may ask for any height; past this, in CSS pixels, the page could no longer be scrolled. */
const maxHeightPx = 200_000;

export class CellViews {
  readonly element = make("div", "h-notebook");
  /** The cell that is selected; 0 while none is. */
  selected = 0;
  private readonly overlay = make("div", "h-overlay");
  private readonly views = new Map<number, CellView>();

  constructor(private readonly create: (cell: Cell) => CellView) {
    this.element.append(this.overlay);
  }

  get(id: number): CellView | undefined {
    return this.views.get(id);
  }

  [Symbol.iterator](): IterableIterator<[number, CellView]> {
    return this.views.entries();
  }

  /** Makes, moves and removes views so that they are those of `cells`. */
  arrange(cells: readonly Cell[]): void {
    const ids = new Set(cells.map(({id}) => id));
    for (const [id, view] of this.views) {
      if (ids.has(id)) continue;
      view.remove();
      this.views.delete(id);
    }
    let before: Element | null = null;
    for (const cell of cells) {
      const known = this.views.get(cell.id);
      if (known) known.update(cell);
      else this.views.set(cell.id, this.create(cell));
      const {element} = this.views.get(cell.id)!;
      const next: Element | null = before ? before.nextElementSibling : this.overlay.firstElementChild;
      if (next !== element) this.overlay.insertBefore(element, next);
      before = element;
    }
  }

  /** Marks a cell as selected; false where it was already. */
  select(id: number): boolean {
    if (this.selected === id) return false;
    this.views.get(this.selected)?.element.classList.remove("h-selected");
    this.selected = id;
    this.views.get(id)?.element.classList.add("h-selected");
    return true;
  }

  /** Lays the views where the frame has room for them. */
  place({heightPx, cells}: Layout): void {
    this.element.style.height = `${Math.min(Math.max(heightPx, 0), maxHeightPx)}px`;
    for (const {id, topPx, codeTopPx, bottomPx} of cells) this.views.get(id)?.place(topPx, codeTopPx, bottomPx);
  }

  /** Lays a new view under another until the frame says where it is: what is hidden cannot be typed into. */
  placeUnder(id: number, above: number | undefined): void {
    const view = above === undefined ? undefined : this.views.get(above);
    const topPx = view ? view.topPx + view.element.offsetHeight : 0;
    this.views.get(id)?.place(topPx, topPx, topPx);
  }

  /** Scrolls so that a cell can be seen. */
  scrollTo(id: number): void {
    const view = this.views.get(id);
    if (!view) return;
    const top = this.element.getBoundingClientRect().top + view.topPx;
    if (top < 60 || top > innerHeight - 120) scrollTo({top: scrollY + top - 90, behavior: smooth()});
  }

  /** Scrolls to a place in the frame, in its CSS pixels. */
  scrollToPlace(topPx: number): void {
    scrollTo({top: this.element.getBoundingClientRect().top + scrollY + topPx - 70, behavior: smooth()});
  }
}

function smooth(): ScrollBehavior {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}
