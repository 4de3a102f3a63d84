/** Small helpers for making elements; everything given to them is data, never HTML. */

/** Makes an element with class and children, all as data. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, className = "", ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** Signs that turn the direction of writing (Unicode Technical Report 36, 2.5). */
const turning = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/**
 * Signs that are not seen, or turn what is: format characters, control characters but for tab and line break, separators of lines and paragraphs, selectors and fillers.
 * Not those that join an emoji.
 */
export const unseenSigns = /(?!(?<=\p{Extended_Pictographic}\uFE0F?)\u200D)[\p{Cf}\u2028\u2029\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u034F\u115F\u1160\u17B4\u17B5\u2800\u3164\uFFA0\uFE00-\uFE0D\u{E0100}-\u{E01EF}]/gu;

const codeOf = (sign: string) => `⟨U+${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}⟩`;

/** A name with the signs that turn the direction of writing shown as what they are: "photo⟨U+202E⟩gpj.exe". */
export const shownName = (name: string): string => name.replace(turning, codeOf);

/** A text with all signs in it that are not seen shown as what they are. */
export const visible = (text: string): string => text.replace(unseenSigns, codeOf);

/** Code to be shown: the same text, with each sign that is not seen in an element that shows it (see page.css). */
export function shownCode(text: string): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let at = 0;
  for (const {0: sign, index} of text.matchAll(unseenSigns)) {
    const mark = make("span", "h-unseen", sign);
    mark.dataset.code = codeOf(sign);
    parts.push(text.slice(at, index), mark);
    at = index + sign.length;
  }
  return [...parts, text.slice(at)];
}

/** A blob's bytes as a `data:` address. */
export function dataAddress(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** "12 ms", "1.4 s", "2 min 5 s" */
export function duration(timeMs: number): string {
  if (timeMs < 1000) return `${Math.round(timeMs)} ms`;
  if (timeMs < 60_000) return `${(timeMs / 1000).toFixed(1)} s`;
  return `${Math.floor(timeMs / 60_000)} min ${Math.round((timeMs % 60_000) / 1000)} s`;
}
