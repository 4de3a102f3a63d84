/** Turns functions that a person wrote in a cell into functions of this worker, and their errors into errors at the cell's own line. */
import type {CellFunction, CellFunctionName} from "./protocol.ts";

const known: CellFunctionName[] = ["loss", "imageHead", "textHead", "schedule", "augment"];

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a cell's function takes and gives is checked where it is called
export type AnyFunction = (...args: any[]) => any;

/** Thrown when a cell's function fails; `details` say where in which cell. */
export class CellFunctionError extends Error {
  readonly details: {cell?: number; line?: number; function: string};
  constructor(name: string, {cell, line}: CellFunction, cause: Error, inner: number | undefined) {
    const at = line === undefined ? undefined : line + (inner ?? 1) - 1;
    super(`${name}: ${cause.message}${at === undefined ? "" : ` (line ${at} of its cell)`}`);
    this.name = cause.name;
    this.details = {cell, line: at, function: name};
  }
}

/**
 * Compiles the functions with everything in `scope` (tf and the library) at hand.
 * @throws CellFunctionError where a source is no function, or cannot be parsed; RangeError for a name that a run does not take.
 */
export function compileCellFunctions(
  functions: Partial<Record<CellFunctionName, CellFunction>>,
  scope: Record<string, unknown>
): Partial<Record<CellFunctionName, AnyFunction>> {
  const compiled: Partial<Record<CellFunctionName, AnyFunction>> = {};
  for (const [name, given] of Object.entries(functions) as [CellFunctionName, CellFunction][]) {
    if (!known.includes(name)) throw new RangeError(`a run takes ${known.join(", ")} from a cell; it was given "${name}"`);
    compiled[name] = compileOne(name, given, scope);
  }
  return compiled;
}

function compileOne(name: CellFunctionName, given: CellFunction, scope: Record<string, unknown>): AnyFunction {
  const address = `cell-function-${name}.js`;
  const names = Object.keys(scope).filter((key) => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) && key !== "default");
  let value: unknown;
  try {
    // The source begins on the third line of the built function: see `innerLine`.
    value = new Function(...names, `return (${given.source}\n)\n//# sourceURL=${address}`)(...names.map((key) => scope[key]));
  } catch (error) {
    throw new CellFunctionError(name, given, error as Error, undefined);
  }
  if (typeof value !== "function") throw new CellFunctionError(name, given, new TypeError(`expected a function, got ${typeof value}`), undefined);
  const call = value as AnyFunction;
  return (...args) => {
    try {
      return call(...args);
    } catch (error) {
      throw new CellFunctionError(name, given, error as Error, innerLine(error as Error, address));
    }
  };
}

/** The line, from 1, of a function's own source at which an error rose. `new Function` puts two lines before its body. */
function innerLine(error: Error, address: string): number | undefined {
  const found = new RegExp(`${address.replace(/[.]/g, "\\.")}:(\\d+)`).exec(error.stack ?? "");
  return found ? Number(found[1]) - 2 : undefined;
}
