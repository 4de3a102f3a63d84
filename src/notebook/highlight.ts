/** Colours code that is only read. Loaded after the page has come up; the editor brings the same parser along. */
import {parser} from "@lezer/javascript";
import {highlightCode, tagHighlighter, tags} from "@lezer/highlight";

const classes = tagHighlighter([
  {tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.controlKeyword], class: "c-keyword"},
  {tag: [tags.string, tags.special(tags.string), tags.regexp], class: "c-string"},
  {tag: [tags.number, tags.bool, tags.null, tags.atom], class: "c-number"},
  {tag: [tags.comment, tags.meta], class: "c-comment"},
  {tag: [tags.definition(tags.variableName), tags.function(tags.variableName), tags.className], class: "c-name"},
  {tag: [tags.typeName], class: "c-type"}
]);

/** Fills `node` with `source`, in spans by what each part is. Other languages than JavaScript and TypeScript stay plain. */
export function highlightInto(node: HTMLElement, source: string, mode: string): void {
  if (mode !== "js" && mode !== "ts" && mode !== "ojs") {
    node.textContent = source;
    return;
  }
  const parts: (Node | string)[] = [];
  highlightCode(
    source,
    parser.configure({dialect: mode === "ts" ? "ts" : ""}).parse(source),
    classes,
    (text, className) => {
      if (!className) return void parts.push(text);
      const span = document.createElement("span");
      span.className = className;
      span.textContent = text;
      parts.push(span);
    },
    () => parts.push("\n")
  );
  node.replaceChildren(...parts);
}
