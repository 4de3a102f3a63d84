/** The files compiled by this script, from the repository's root. */
export const sources: string[];
/** What the TypeScript file beside `source` should hold. */
export function compileWasm(source: string): Promise<string>;
