/** Bundles a command-line program for Node and returns the path of the result. */
export function bundleProgram(entry: string): Promise<string>;
