/** What a cell's error says to its reader: a message, and the line of the cell's own source. */
import {RuntimeError} from "@observablehq/runtime";
import type {CellProblem} from "./compile.ts";
import type {CellReport} from "./messages.ts";

/** How a cell stands after an error: stopped, waiting for another cell that failed, or failed itself. */
export function reportOf(id: number, error: unknown, makerOf: (name: string) => number | undefined): CellReport {
  const {input} = error as {input?: unknown};
  const blockedBy = error instanceof RuntimeError && typeof input === "string" ? makerOf(input) : undefined;
  if (blockedBy !== undefined && blockedBy !== id) return {id, status: "blocked", blockedBy, error: {message: (error as Error).message}};
  if ((error as Error)?.message === "interrupted") return {id, status: "interrupted", error: {message: "Interrupted. Run it again, or change it."}};
  return {id, status: "failed", error: problemOf(error, id)};
}

/** What an error says, and the line of the cell, where its stack or its own word has one. */
export function problemOf(error: unknown, id: number): CellProblem {
  if (!(error instanceof Error)) return {message: String(error)};
  const message = (error.name === "Error" || error instanceof RuntimeError ? "" : `${error.name}: `) + error.message;
  const told = (error as {details?: {cell?: number; line?: number}}).details;
  if (told?.cell === id && told.line !== undefined) return {message, line: told.line};
  const [, line, column] = new RegExp(`cell-${id}\\.\\d+\\.js:(\\d+):(\\d+)`).exec(error.stack ?? "") ?? [];
  return {message, line: line ? Number(line) : undefined, column: column ? Number(column) : undefined};
}
