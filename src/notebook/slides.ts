/** Presenting, inside the frame: the notebook one section at a time. A heading of the first or second rank begins a slide. */

export interface SlideInfo {
  index: number;
  count: number;
  title: string;
  /** Cells of which something is on the slide. */
  cells: number[];
  /** Whether its cells show nothing, beside the text: their code is all there is to see. */
  isBare: boolean;
}

export class Slides {
  private index = -1;
  private readonly changes = new MutationObserver(() => this.show());

  constructor(private readonly column: HTMLElement) {}

  /** Shows slide number `index`, or everything where it is null. */
  present(index: number | null): SlideInfo | null {
    this.changes.disconnect();
    this.index = index ?? -1;
    if (index === null) {
      this.column.querySelectorAll(".n-off").forEach((node) => node.classList.remove("n-off"));
      return null;
    }
    const info = this.show();
    // Text that is made anew while it is presented must not show what belongs to other slides.
    this.changes.observe(this.column, {childList: true, subtree: true});
    return info;
  }

  private show(): SlideInfo {
    const slides = this.slides();
    this.index = Math.max(0, Math.min(slides.length - 1, this.index));
    const {title, blocks} = slides[this.index] ?? {title: "", blocks: []};
    const shown = new Set(blocks);
    for (const block of slides.flatMap((slide) => slide.blocks)) block.classList.toggle("n-off", !shown.has(block));
    const cells: number[] = [];
    for (const section of this.column.querySelectorAll<HTMLElement>(".n-cell")) {
      const isOn = blocks.some((block) => section.contains(block));
      section.classList.toggle("n-off", !isOn);
      if (isOn) cells.push(Number(section.dataset.cell));
    }
    const isBare = blocks.filter((block) => block.matches(".n-output")).every((output) => output.childElementCount === 0 && !output.textContent?.trim());
    return {index: this.index, count: slides.length, title, cells, isBare};
  }

  /** The notebook's blocks (paragraphs of text, other cells whole), slide by slide. */
  private slides() {
    const slides: {title: string; blocks: Element[]}[] = [];
    for (const section of this.column.querySelectorAll<HTMLElement>(".n-cell")) {
      const prose = section.querySelector(".n-prose");
      for (const block of prose ? prose.children : [section.querySelector(".n-output")!]) {
        const heading = block.matches("h1, h2") ? block : prose ? null : block.querySelector("h1, h2");
        if (heading || slides.length === 0) slides.push({title: heading?.textContent ?? "", blocks: []});
        slides.at(-1)!.blocks.push(block);
      }
    }
    return slides;
  }
}
