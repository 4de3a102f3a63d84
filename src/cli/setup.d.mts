/** Types of setup.mjs. */
export function findBrowser(): string | undefined;
export function installPackages(): void;
export function installBrowser(): void;
export function findFirefox(): string | undefined;
export const webkitPrograms: {name: string; path: string}[];
export function installOtherBrowsers(): void;
