/** The figures among a notebook's named values as comma-separated values: `name,value`, a line a number. Words stay in the JSON. */

/** A value with more numbers than this is data (embeddings, pixels), not a figure, and is left to the JSON. */
const mostNumbers = 2000;

/** One line a number, named by its path: `retrievalRecall.imageToText.5,0.42`. Lists count from 0. A path begins with a name of a cell, so that no spreadsheet takes it for a formula. */
export function figuresCsv(values: Record<string, unknown>): string {
  const lines = ["figure,value"];
  for (const [name, value] of Object.entries(values)) {
    const found: string[] = [];
    collect(name, value, found);
    if (found.length <= mostNumbers) lines.push(...found);
  }
  return lines.join("\r\n") + "\r\n";
}

function collect(path: string, value: unknown, found: string[]): void {
  if (found.length > mostNumbers) return;
  if (typeof value === "number" || typeof value === "boolean") found.push(`${quoted(path)},${Number(value)}`);
  else if (typeof value === "object" && value !== null) for (const [key, inner] of Object.entries(value)) collect(`${path}.${key}`, inner, found);
}

/** By RFC 4180. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
