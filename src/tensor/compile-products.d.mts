export function compileProducts(): Promise<string>;
