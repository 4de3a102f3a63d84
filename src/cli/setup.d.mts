/** Types of setup.mjs. */
export function findBrowser(): string | undefined;
export function installPackages(): void;
export function installBrowser(): void;
