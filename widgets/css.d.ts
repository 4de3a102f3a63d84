/** Style sheets imported as text: `import css from "./look.css" with {type: "text"}`. */
declare module "*.css" {
  const text: string;
  export default text;
}
