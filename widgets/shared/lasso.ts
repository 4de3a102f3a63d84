/** A loop drawn by hand over a picture, and what lies in it. Not what becomes of it. */
import {polygonContains} from "d3";
import {svg} from "./dom.ts";

export interface Lasso {
  /** The overlay, to lie on the picture. */
  element: SVGSVGElement;
  /** While true, a drag draws a loop. */
  on: boolean;
}

/** Calls `closed` with whether a place, in px from the picture's corner, lies in the loop that was drawn. A loop of fewer than three places is none. */
export function lasso(surface: HTMLElement, closed: (inside: (x: number, y: number) => boolean) => void): Lasso {
  const path = svg("path", {class: "d-lasso"});
  const element = svg("svg", {class: "d-lasso-over", "aria-hidden": "true"}, path);
  let loop: [number, number][] | null = null;
  const state: Lasso = {element, on: false};
  const at = (event: PointerEvent): [number, number] => {
    const box = surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  surface.addEventListener("pointerdown", (event) => {
    if (!state.on || event.button !== 0) return;
    loop = [at(event)];
    surface.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  surface.addEventListener("pointermove", (event) => {
    if (!loop) return;
    loop.push(at(event));
    path.setAttribute("d", `M${loop.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")}Z`);
  });
  const end = () => {
    const drawn = loop;
    loop = null;
    path.removeAttribute("d");
    if (drawn && drawn.length > 2) closed((x, y) => polygonContains(drawn, [x, y]));
  };
  surface.addEventListener("pointerup", end);
  surface.addEventListener("pointercancel", end);
  return state;
}
