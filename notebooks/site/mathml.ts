/** Formulas as MathML alone, which needs none of KaTeX's letters. */
import katex from "katex";

/** A displayed formula; what is wrong with it is shown in its place. */
export function mathml(tex: string): Element {
  const element = document.createElement("span");
  katex.render(tex, element, {output: "mathml", displayMode: true, throwOnError: false});
  return element;
}
