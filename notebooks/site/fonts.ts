/** The site's letters: one file a family and style, Latin, and Greek for the formulas in running text. */
import serif from "@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-normal.woff2";
import serifItalic from "@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-italic.woff2";
import serifGreek from "@fontsource-variable/source-serif-4/files/source-serif-4-greek-wght-normal.woff2";
import sans from "@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2";
import type {FontFile} from "../../src/notebook/assets.ts";

const latin = "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD";
const greek = "U+0370-0377,U+037A-037F,U+0384-038A,U+038C,U+038E-03A1,U+03A3-03FF";

const here = (file: string) => new URL(file, import.meta.url).href;

/** Handed to the frame as bytes, which may load nothing by address; the page itself names the same files in page.css. */
export const fontFiles: FontFile[] = [
  {family: "Source Serif 4 Variable", weight: "200 900", style: "normal", unicodeRange: latin, address: here(serif)},
  {family: "Source Serif 4 Variable", weight: "200 900", style: "italic", unicodeRange: latin, address: here(serifItalic)},
  {family: "Source Serif 4 Variable", weight: "200 900", style: "normal", unicodeRange: greek, address: here(serifGreek)},
  {family: "Source Sans 3 Variable", weight: "200 900", style: "normal", unicodeRange: latin, address: here(sans)}
];
