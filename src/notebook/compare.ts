/** What changed between two texts. Loaded when it is asked for. */
import {make, shownCode} from "./dom.ts";

/** Two texts line by line, what was taken out and what came in marked: the shortest edit (Myers 1986, in its plain quadratic form). */
export function compareTexts(before: string, after: string): HTMLElement {
  const a = before.split("\n");
  const b = after.split("\n");
  const common = Array.from({length: a.length + 1}, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  }
  const list = make("pre", "h-compare");
  const line = (tag: "del" | "ins" | "span", text: string) => list.append(make(tag, "", `${{del: "−", ins: "+", span: " "}[tag]} `, ...shownCode(text), "\n"));
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      line("span", a[i++]);
      j++;
    } else if (i < a.length && (j >= b.length || common[i + 1][j] >= common[i][j + 1])) line("del", a[i++]);
    else line("ins", b[j++]);
  }
  return list;
}
