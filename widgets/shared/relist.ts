/** A list of things with buttons is made anew, and whoever walks it by keyboard stays where they were. */

/**
 * Puts these lines in the place of a list's old ones. A button of the list that had the focus hands it to the one in its place; where lines have gone, so that
 * the next Enter might delete another, the focus goes to `otherwise`.
 */
export function relist(list: HTMLElement, lines: HTMLElement[], otherwise: HTMLElement): void {
  const before = [...list.children];
  const focused = document.activeElement;
  const row = before.findIndex((line) => line.contains(focused));
  const column = row < 0 ? -1 : buttonsOf(before[row]).indexOf(focused as HTMLButtonElement);
  list.replaceChildren(...lines);
  if (row >= 0) (lines.length < before.length ? otherwise : (buttonsOf(lines[row])[column] ?? otherwise)).focus();
}

const buttonsOf = (line: Element) => [...line.querySelectorAll("button")];
