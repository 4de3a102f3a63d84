/** Small helpers for making elements; everything given to them is data, never HTML. */

/** Makes an element with class and children, all as data. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, className = "", ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** A name with the signs that turn the direction of writing shown as what they are: "photo⟨U+202E⟩gpj.exe" (Unicode Technical Report 36, 2.5). */
export function shownName(name: string): string {
  return name.replace(/[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, (sign) => `⟨U+${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}⟩`);
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
