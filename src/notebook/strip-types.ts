/**
 * TypeScript to JavaScript by leaving the types out; nothing is checked. build.mjs puts it in the place of Notebook Kit's own module of the same
 * interface, which brings the whole TypeScript compiler (3 MB) and loses line numbers.
 */
import {transform} from "sucrase";

/**
 * `input` without its types, line for line the same.
 * @throws SyntaxError with `pos` and `loc` where it is no TypeScript.
 */
export function transpileTypeScript(input: string): string {
  try {
    return transform(input, {
      transforms: ["typescript"],
      disableESTransforms: true,
      // Other cells may use what this one imports.
      keepUnusedImports: true
    }).code;
  } catch (error) {
    const {message, pos, loc} = error as Error & {pos?: number; loc?: {line: number; column: number}};
    throw Object.assign(new SyntaxError(message.replace(/^Error transforming [^:]*: /, "").replace(/ \(\d+:\d+\)$/, "")), {pos, loc: loc && {line: loc.line, column: loc.column - 1}});
  }
}
