/** Shows how a picture becomes a sequence: cut into squares, read row by row, with the class token in front. Computes no embeddings. */
import {dataRoot} from "./shared/data-root.ts";
import {emitInput, extend, html} from "./shared/dom.ts";
import type {Pairs} from "./shared/pairs.ts";
import {thumbnailsOf} from "./shared/pairs.ts";

export interface PatchesOptions {
  pairs: Pairs;
  /** Which picture. */
  index?: number;
  /** Side of a patch in pixels, at the start. */
  patchPx?: number;
}

export type Patches = HTMLElement & {
  /** Side of a patch in pixels; setting it repaints and tells no one. */
  value: number;
  /** Another picture. */
  update(options: {index: number}): void;
};

/** The cut picture beside its sequence; pointing at a patch shows it in both. */
export function patches({pairs, index = 0, patchPx}: PatchesOptions): Patches {
  const thumbnails = thumbnailsOf(pairs);
  let sidePx = 0;
  let size = patchPx ?? 0;
  const sizes = html("fieldset", {class: "d-segments", "aria-label": "Side of a patch"});
  const board = html("div", {class: "d-board", role: "img"});
  const sequence = html("ol", {class: "d-sequence"});
  const note = html("p", {class: "d-note"});
  const element = dataRoot("patches", sizes, html("div", {class: "d-cut"}, board, html("div", {}, sequence, note)));

  const light = (place: number | null) => {
    for (const list of [board.children, sequence.querySelectorAll("canvas")]) Array.from(list).forEach((patch, i) => patch.classList.toggle("d-lit", i === place));
  };
  const cut = (picture: HTMLCanvasElement, x: number, y: number, place: number) => {
    const canvas = html("canvas", {width: size, height: size, class: "d-pixels", onpointerenter: () => light(place), onpointerleave: () => light(null)});
    canvas.getContext("2d")!.drawImage(picture, x, y, size, size, 0, 0, size, size);
    return canvas;
  };

  function draw() {
    const picture = thumbnails.get(index);
    if (!picture) return thumbnails.want([index], draw);
    if (picture.width !== sidePx) {
      sidePx = picture.width;
      // A vision transformer needs patches that fill the picture; more than 256 cannot be told apart here.
      const choices = [4, 8, 16, 32].filter((side) => sidePx % side === 0 && sidePx / side <= 16 && sidePx / side >= 2);
      if (!choices.includes(size)) size = choices.find((side) => sidePx / side <= 8) ?? choices[0] ?? sidePx;
      const name = `patch-${Math.round(performance.now() * 1000)}`;
      sizes.replaceChildren(...choices.map((side) => html("label", {}, html("input", {type: "radio", name, checked: side === size, onchange: () => pick(side)}), `${side} × ${side} pixels`)));
    }
    const perSide = Math.floor(sidePx / size);
    const places = Array.from({length: perSide * perSide}, (_, place) => ({place, x: (place % perSide) * size, y: Math.floor(place / perSide) * size}));
    board.style.gridTemplateColumns = `repeat(${perSide}, 1fr)`;
    board.style.gap = `${Math.max(3, 24 / perSide)}px`;
    board.setAttribute("aria-label", `The picture, cut into ${perSide} by ${perSide} patches`);
    board.replaceChildren(...places.map(({place, x, y}) => cut(picture, x, y, place)));
    sequence.replaceChildren(
      html("li", {}, html("span", {class: "d-class", title: "the class token: it stands for the whole picture"}, "cls"), "0"),
      ...places.map(({place, x, y}) => html("li", {}, cut(picture, x, y, place), place + 1))
    );
    note.textContent = `${sidePx} × ${sidePx} pixels become ${perSide * perSide} patches of ${size} × ${size} × 3 = ${size * size * 3} numbers each, and one learned token in front that gathers what the others saw.`;
  }
  const pick = (side: number) => {
    size = side;
    draw();
    emitInput(element);
  };
  draw();

  return extend(element, {
    get value() {
      return size;
    },
    set value(side: number) {
      size = side;
      sidePx = 0;
      draw();
    },
    update(options: {index: number}) {
      index = options.index;
      draw();
    }
  });
}
