/** Names that every cell has without an import, with what they do, for completion. builtins.ts makes them. */
import type {Name} from "./editor.ts";

export const builtinNames: Name[] = [
  {label: "display", from: "builtin", signature: "display(value)", doc: "Shows a value in this cell, and returns it."},
  {label: "view", from: "builtin", signature: "view(input)", doc: "Shows an input and gives its value, which changes as the reader changes the input."},
  {label: "invalidation", from: "builtin", doc: "A promise that resolves when this cell is about to run again or goes: free things then."},
  {label: "visibility", from: "builtin", signature: "visibility()", doc: "A promise that resolves when this cell can be seen."},
  {label: "width", from: "builtin", doc: "Width of the column in pixels; changes with the window."},
  {label: "now", from: "builtin", doc: "The time in milliseconds, at every frame."},
  {label: "dark", from: "builtin", doc: "Whether the page is dark."},
  {label: "Inputs", from: "builtin", doc: "Observable's inputs: range, select, text, table and others."},
  {label: "d3", from: "builtin", doc: "The library D3."},
  {label: "html", from: "builtin", signature: "html`…`", doc: "Makes an element; values in it are text."},
  {label: "svg", from: "builtin", signature: "svg`…`", doc: "Makes a part of a drawing."},
  {label: "md", from: "builtin", signature: "md`…`", doc: "Text written in Markdown."},
  {label: "tex", from: "builtin", signature: "tex`…`", doc: "A formula written in TeX."},
  {label: "Generators", from: "builtin", doc: "observe, queue, input, width and others: values that change by themselves."},
  {label: "Promises", from: "builtin", doc: "delay(ms), tick(ms), when(time)."},
  {label: "Mutable", from: "builtin", signature: "Mutable(value)", doc: "A value that this cell may change and others can watch."},
  {label: "FileAttachment", from: "builtin", signature: "FileAttachment(name)", doc: "A file that belongs to the notebook: text(), json(), arrayBuffer(), image()."}
];
