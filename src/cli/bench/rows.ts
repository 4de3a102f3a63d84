/** Rows of the benchmark's table. */

export interface Row {
  /** Such as "train vit-tiny". */
  what: string;
  backend: string;
  unit: string;
  ours: number;
  /** Such as "pytorch 1 thread"; "allowed" for a bound, "none" for a figure that stands alone. */
  peer: string;
  /** Not a number (null in JSON) where there is no peer. */
  theirs: number;
  /** ours / theirs. */
  ratio: number;
}

/** Whether two runs' first losses are the same to 1e-4. */
export function agree(ours: number[], theirs: number[]): boolean {
  return ours.length === theirs.length && ours.every((loss, i) => Math.abs(loss - theirs[i]) <= 1e-4);
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The table as text, on standard output. */
export function printTable({machine, versions, rows}: {machine: string; versions: Record<string, string>; rows: Row[]}): void {
  console.log(`${machine}\n${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ")}\n`);
  const number = (value: number) => Number.isNaN(value) ? "-" : value.toPrecision(3).replace(/e\+?(\d+)/, (_, power) => `e${power}`);
  const cells = [["what", "backend", "unit", "ours", "peer", "theirs", "ratio"], ...rows.map(({what, backend, unit, ours, peer, theirs, ratio}) => [what, backend, unit, number(ours), peer, number(theirs), Number.isNaN(ratio) ? "-" : ratio.toFixed(3)])];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  for (const row of cells) console.log(row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd());
}
