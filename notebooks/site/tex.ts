/** The template tag `tex`, with KaTeX's style and letters inside: for cells. */
import katex from "katex";
import css from "katex/dist/katex.min.css?text";

document.head.append(Object.assign(document.createElement("style"), {textContent: css}));

type Options = Parameters<typeof katex.render>[2];

function renderer(options: Options = {}) {
  return (template: TemplateStringsArray, ...values: unknown[]) => {
    const root = document.createElement(options?.displayMode ? "div" : "span");
    // With MathML beside the HTML, so that a screen reader has something to read.
    katex.render(String.raw({raw: template.raw}, ...values), root, {output: "htmlAndMathml", throwOnError: true, trust: false, ...options});
    if (options?.displayMode) root.className = "n-math";
    return root;
  };
}

export const tex = Object.assign(renderer(), {options: renderer, block: renderer({displayMode: true})});
