/** Presenting, on the host's page: large type, one section at a time, keys and two quiet buttons. The slides themselves are cut in the frame (slides.ts). */
import {make} from "./dom.ts";
import type {SlideInfo} from "./slides.ts";

export interface PresenterOptions {
  /** Asks the frame for a slide; null ends. */
  show(index: number | null): Promise<SlideInfo | null>;
  /** Told which cells are on the slide, and whether they show nothing; undefined at the end. */
  onSlide(cells: number[] | undefined, isBare?: boolean): void;
}

export class Presenter {
  readonly element = make("div", "h-presenter");
  private readonly count = make("span", "h-count");
  private index = 0;
  private slides = 1;
  isOn = false;

  constructor(private readonly options: PresenterOptions) {
    const button = (label: string, text: string, run: () => void) => {
      const made = make("button", "h-button h-icon", text);
      made.type = "button";
      made.setAttribute("aria-label", label);
      made.title = label;
      made.addEventListener("click", run);
      return made;
    };
    this.count.setAttribute("role", "status");
    this.element.hidden = true;
    this.element.append(
      button("Slide before", "‹", () => void this.go(this.index - 1)),
      this.count,
      button("Next slide", "›", () => void this.go(this.index + 1)),
      button("Pointer on or off", "•", () => this.togglePointer()),
      button("End presenting", "×", () => void this.end())
    );
  }

  async begin(index = 0): Promise<void> {
    this.isOn = true;
    this.element.hidden = false;
    document.documentElement.classList.add("presenting");
    // Only where the browser lets it; a window does as well.
    document.documentElement.requestFullscreen?.().catch(() => {});
    await this.go(index);
  }

  async end(): Promise<void> {
    if (!this.isOn) return;
    this.isOn = false;
    this.element.hidden = true;
    document.documentElement.classList.remove("presenting", "pointing");
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    await this.options.show(null);
    this.options.onSlide(undefined);
  }

  /** Does what a key means while presenting; false where it means nothing. */
  key(key: string, shift: boolean): boolean {
    const step = {" ": shift ? -1 : 1, ArrowRight: 1, ArrowDown: 1, PageDown: 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1}[key];
    if (step !== undefined) void this.go(this.index + step);
    else if (key === "Home") void this.go(0);
    else if (key === "End") void this.go(this.slides - 1);
    else if (key === "l") this.togglePointer();
    else if (key === "Escape") void this.end();
    else return false;
    return true;
  }

  private togglePointer() {
    document.documentElement.classList.toggle("pointing");
    this.options.onSlide([]);
    void this.go(this.index);
  }

  private async go(index: number) {
    const slide = await this.options.show(Math.max(0, index));
    if (!slide || !this.isOn) return;
    this.index = slide.index;
    this.slides = slide.count;
    this.count.textContent = `${slide.index + 1} of ${slide.count}`;
    this.count.title = slide.title;
    this.options.onSlide(slide.cells, slide.isBare);
    scrollTo({top: 0});
  }
}
