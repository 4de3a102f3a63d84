/** A term of a formula, which comes after the page is drawn: what sets it, and its letters, are loaded late. */
import {html} from "./dom.ts";

/** A way to set a formula written in TeX. Resolves when its letters are here, too: then it has the room that it will keep. */
export type SetFormula = (tex: string) => Promise<Element>;

export interface FormulaTerm {
  element: HTMLElement;
  /** Resolves when the term is as it will stay; never rejects. */
  settled: Promise<void>;
}

/** A term of the formula; where it cannot be set, or `setFormula` is absent, its TeX is shown. */
export function formulaTerm(tex: string, setFormula: SetFormula | undefined, enter: () => void, leave: () => void): FormulaTerm {
  const place = html("span", {}, setFormula ? null : html("code", {}, tex));
  const element = html("span", {class: "d-term", onpointerenter: enter, onpointerleave: leave}, place);
  const settled = setFormula?.(tex).then((set) => place.replaceChildren(set), () => place.replaceChildren(html("code", {}, tex)));
  return {element, settled: settled ?? Promise.resolve()};
}
