/** What changed between two texts. Loaded when it is asked for. */
import {make, shownCode} from "./dom.ts";

/** Pairs of lines that are held against each other; past these, a second and 100 MB, all lines between the first and the last change count as changed. */
const maxPairs = 5e7;

/** Two texts line by line, what was taken out and what came in marked: the shortest edit (Myers 1986, in its plain quadratic form). */
export function compareTexts(before: string, after: string): HTMLElement {
  const a = before.split("\n");
  const b = after.split("\n");
  if (a.length * b.length > maxPairs) return showChange(...withoutCommonEnds(a, b));
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

/** The lines at the head that are the same, those that went, those that came, and those at the foot that are the same. */
function withoutCommonEnds(a: string[], b: string[]): [string[], string[], string[], string[]] {
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head] === b[head]) head++;
  let foot = 0;
  while (foot < shorter - head && a[a.length - 1 - foot] === b[b.length - 1 - foot]) foot++;
  return [a.slice(0, head), a.slice(head, a.length - foot), b.slice(head, b.length - foot), a.slice(a.length - foot)];
}

function showChange(head: string[], gone: string[], come: string[], foot: string[]) {
  const part = (tag: "del" | "ins" | "span", sign: string, lines: string[]) => make(tag, "", lines.map((line) => `${sign} ${line}\n`).join(""));
  return make("pre", "h-compare", part("span", " ", head), part("del", "−", gone), part("ins", "+", come), part("span", " ", foot));
}
