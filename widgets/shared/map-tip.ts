/** What stands beside a map: the picture and words of the point that is pointed at, and the key of its colours. */
import {categories} from "./colour.ts";
import {hide, html} from "./dom.ts";
import type {Colouring} from "./map-data.ts";
import type {MapView} from "./map-places.ts";

export interface MapTip {
  /** The point, in px. */
  at: readonly [number, number];
  view: MapView;
  picture: HTMLCanvasElement | null;
  words: string;
}

/** Shows the tip towards the middle of the map, so that it is not cut. */
export function fillTip(tip: HTMLElement, {at: [x, y], view, picture, words}: MapTip): void {
  hide(tip, false);
  tip.replaceChildren(...(picture ? [copyOf(picture)] : []), html("div", {}, words));
  const right = x > view.width / 2;
  const low = y > view.height / 2;
  tip.style.cssText = `${right ? `right: ${view.width - x + 14}px` : `left: ${x + 14}px`}; ${low ? `bottom: ${view.height - y + 14}px` : `top: ${y + 14}px`}`;
}

function copyOf(picture: HTMLCanvasElement): HTMLCanvasElement {
  const copy = html("canvas", {class: "d-thumb", width: picture.width, height: picture.height});
  copy.style.imageRendering = picture.width > 64 ? "auto" : "pixelated";
  copy.getContext("2d")!.drawImage(picture, 0, 0);
  return copy;
}

/** What each colour stands for. */
export function swatches(colouring: Colouring | null): HTMLElement[] {
  return (colouring?.names ?? []).flatMap((name, k) => [html("span", {class: "d-swatch", style: `--fill: ${(colouring?.fills ?? categories)[k]}`}), html("span", {}, name)]);
}
