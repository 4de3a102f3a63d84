/** Types of compile.mjs. */
export function compileKernels(): Promise<void>;
