/** A term of a formula, which comes after the page is drawn: KaTeX is loaded late. */
import {html} from "./dom.ts";
import type {Stage} from "./microscope-stages.ts";

/** A term of the formula. Until it is set its place is kept free; where it cannot be, its TeX is shown. */
export function formulaTerm({tex, sizeEm: [width, height]}: Pick<Stage, "tex" | "sizeEm">, setFormula: ((tex: string) => Promise<Element>) | undefined, enter: () => void, leave: () => void): HTMLElement {
  const code = html("code", {}, tex);
  const place = html("span", {style: setFormula && `min-width: ${width}em; min-height: ${height}em`}, setFormula ? null : code);
  void setFormula?.(tex).then((set) => place.replaceChildren(set), () => place.replaceChildren(code));
  return html("span", {class: "d-term", onpointerenter: enter, onpointerleave: leave}, place);
}
