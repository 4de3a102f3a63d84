/** Formulas as MathML alone, which needs none of KaTeX's letters. */
import katex from "katex";

/** A displayed formula, without KaTeX's wrapping, which takes another size where KaTeX's style is loaded; what is wrong with it is shown in its place. */
export function mathml(tex: string): Element {
  const element = document.createElement("span");
  katex.render(tex, element, {output: "mathml", displayMode: true, throwOnError: false});
  return element.querySelector("math") ?? element;
}
