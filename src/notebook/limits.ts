/** How much a notebook and its address may hold, in one place: a stranger's text must not hang the page that reads it. */

export const limits = {
  /** Letters of a notebook's file. */
  notebookLength: 8 * 2 ** 20,
  /** Letters of one cell. */
  cellLength: 2 ** 19,
  cells: 1000,
  /** Values that an address sets. */
  settings: 1000,
  /** Lists within lists in such a value. */
  settingDepth: 64
} as const;

/** "8,388,608" */
const shown = (count: number) => count.toLocaleString("en");

/** @throws RangeError saying that a text is too long to be a notebook. */
export function checkNotebookLength(length: number): void {
  if (length > limits.notebookLength) throw new RangeError(`This notebook is too long: it has ${shown(length)} letters, and ${shown(limits.notebookLength)} is the most that is read.`);
}

/** @throws RangeError saying what there is too much of in a notebook's cells. */
export function checkCells(cells: readonly {id: number; value: string}[]): void {
  if (cells.length > limits.cells) throw new RangeError(`This notebook has too many cells: ${shown(cells.length)}, and ${shown(limits.cells)} is the most that is read.`);
  for (const {id, value} of cells) {
    if (value.length > limits.cellLength) throw new RangeError(`Cell ${id} of this notebook is too long: it has ${shown(value.length)} letters, and ${shown(limits.cellLength)} is the most that is read. Larger data can be attached as a file.`);
  }
}

/** @throws RangeError saying which setting is nested too deeply. */
export function checkSetting(name: string, value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.settingDepth) throw new RangeError(`The setting “${name}” in the address is nested more than ${limits.settingDepth} levels deep, and is not read. Remove it from the address.`);
    level = level.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
  }
}

/** @throws RangeError where an address sets too many values. */
export function checkSettingsCount(count: number): void {
  if (count > limits.settings) throw new RangeError(`The address sets ${shown(count)} values, and ${shown(limits.settings)} is the most that is read.`);
}
