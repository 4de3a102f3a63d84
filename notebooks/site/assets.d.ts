/** Files that the bundler turns into addresses. */
declare module "*.woff2" {
  const address: string;
  export default address;
}
declare module "@observablehq/inputs";
