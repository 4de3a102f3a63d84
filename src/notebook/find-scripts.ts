/** Where the cells stand in a notebook's text. One pass over the text, whatever is in it: a stranger's file must not hang the page. */

/** Places in the text, in letters: the opening tag, what is in the element, the closing tag. */
export interface FoundScript {
  start: number;
  openEnd: number;
  closeStart: number;
  end: number;
}

/** Where `<notebook` begins, or -1. */
export function notebookStart(text: string): number {
  return text.search(/<notebook[\s>]/i);
}

/** Where the notebook's closing tag begins, with the white space before it; the text's end where there is none. */
export function notebookEnd(text: string): number {
  const close = text.search(/<\/notebook/i);
  return close < 0 ? text.length : text.slice(0, close).trimEnd().length;
}

/** The script elements inside the notebook; comments are passed over, and what is cut off ends the search. */
export function findScripts(text: string): FoundScript[] {
  const found: FoundScript[] = [];
  for (let at = notebookStart(text); (at = text.indexOf("<", at)) >= 0; ) {
    if (text.startsWith("<!--", at)) at = after(text, "-->", at + 4);
    else if (stands(/<\/notebook\s*>/iy, text, at)) break;
    else if (stands(/<script[\s>/]/iy, text, at)) {
      const script = scriptAt(text, at);
      if (!script) break;
      found.push(script);
      at = script.end;
    } else at++;
    if (at < 0) break;
  }
  return found;
}

function scriptAt(text: string, start: number): FoundScript | undefined {
  const openEnd = tagEnd(text, start);
  if (openEnd < 0) return;
  const close = /<\/script/gi;
  close.lastIndex = openEnd;
  const closeStart = close.exec(text)?.index;
  const end = closeStart === undefined ? -1 : after(text, ">", closeStart);
  if (closeStart === undefined || end < 0) return;
  return {start, openEnd, closeStart, end};
}

/** Where a tag that begins at `start` ends: at the first `>` outside of quotes. -1 where it does not. */
function tagEnd(text: string, start: number): number {
  const signs = /["'>]/g;
  signs.lastIndex = start;
  for (let match; (match = signs.exec(text)); ) {
    if (match[0] === ">") return signs.lastIndex;
    const quoteEnd = after(text, match[0], signs.lastIndex);
    if (quoteEnd < 0) return -1;
    signs.lastIndex = quoteEnd;
  }
  return -1;
}

/** The place behind the next `sign`, or -1. */
function after(text: string, sign: string, from: number): number {
  const at = text.indexOf(sign, from);
  return at < 0 ? -1 : at + sign.length;
}

function stands(sticky: RegExp, text: string, at: number): boolean {
  sticky.lastIndex = at;
  return sticky.test(text);
}
