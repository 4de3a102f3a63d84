/** Numbers laid over a picture's patches and a sentence's words: a diverging scale, its zero shown. Computes nothing. */
import {html, svg} from "./dom.ts";

export interface PictureHeat {
  element: HTMLElement;
  /** A square picture, and one number a patch, row by row; from -1 to 1. Patches say `sayPatch` when pointed at. */
  paint(picture: HTMLCanvasElement, values: ArrayLike<number>, sayPatch: (place: number) => string): void;
}

/** From -1 (orange) over nothing to 1 (blue) for differences; only upwards where nothing is below zero. */
const shade = (value: number, deepest = 82) => `color-mix(in oklab, ${value < 0 ? "var(--caption)" : "var(--image)"} ${Math.round(Math.min(Math.abs(value), 1) * deepest)}%, transparent)`;

/** The deepest colour under words, in percent: letters on it keep a contrast of 4.5 in light and dark. */
const readable = 52;

/** A picture with a colour over each patch. */
export function pictureHeat(): PictureHeat {
  const holder = html("div", {class: "d-heat", role: "img"});
  return {
    element: holder,
    paint(picture, values, sayPatch) {
      const perSide = Math.round(Math.sqrt(values.length));
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = picture.width;
      canvas.getContext("2d")!.drawImage(picture, 0, 0);
      if (picture.width <= 64) canvas.classList.add("d-pixels");
      const cells = Array.from(values, (value, place) => {
        const cell = svg("rect", {x: place % perSide, y: Math.floor(place / perSide), width: 1, height: 1});
        cell.style.fill = shade(value);
        const title = svg("title");
        title.textContent = sayPatch(place);
        cell.append(title);
        return cell;
      });
      holder.setAttribute("aria-label", `The picture in ${perSide} by ${perSide} patches; the strongest: ${sayPatch(strongest(values))}`);
      holder.replaceChildren(canvas, svg("svg", {viewBox: `0 0 ${perSide} ${perSide}`, preserveAspectRatio: "none", "aria-hidden": "true"}, ...cells));
    }
  };
}

/** A sentence's pieces, each on its colour with its number below. */
export function wordHeat(pieces: readonly string[], values: ArrayLike<number>, say: (place: number) => string): HTMLElement {
  return html("ol", {class: "d-tokens"}, ...pieces.map((piece, place) => {
    const item = html("li", {class: "d-token", title: say(place)}, html("b", {}, piece), html("small", {style: "color: inherit"}, say(place)));
    item.style.background = shade(values[place], readable);
    return item;
  }));
}

export function strongest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i]) > Math.abs(values[best])) best = i;
  return best;
}
