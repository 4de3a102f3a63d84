/**
 * The site's letters, so that no page depends on what a machine has installed: Latin and Greek to read, code, signs, formulas. Each file is loaded when a text first needs it;
 * what a first visit needs is in small files of one weight.
 */
import serif from "@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-normal.woff2";
import serifItalic from "@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-italic.woff2";
import serifGreekItalic from "@fontsource-variable/source-serif-4/files/source-serif-4-greek-wght-italic.woff2";
import sans from "@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2";
import code from "@fontsource/source-code-pro/files/source-code-pro-latin-400-normal.woff2";
import codeBold from "@fontsource-variable/source-code-pro/files/source-code-pro-latin-wght-normal.woff2";
import codeGreek from "@fontsource-variable/source-code-pro/files/source-code-pro-greek-wght-normal.woff2";
import greek from "./letters/greek.woff2";
import signs from "./letters/signs.woff2";
import formulas from "./letters/formulas.woff2";
import type {FontFile} from "../../src/notebook/assets.ts";

const latin = "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD";
const greekRanges = "U+0370-0377,U+037A-037F,U+0384-038A,U+038C,U+038E-03A1,U+03A3-03FF";
// Nothing of the Latin ranges: it would be asked for while those are on their way.
const signRanges = "U+2016,U+2070-208E,U+2190,U+2192,U+2194-21EA,U+2200-2211,U+2213-2214,U+2216-22FF,U+2300-230B,U+2318,U+2323,U+2325,U+25A0-25FF,U+2713,U+27E8-27E9";

const here = (file: string) => new URL(file, import.meta.url).href;

/**
 * Handed to the frame as bytes, which may load nothing by address; the page itself names the same files in page.css. Within a family a browser
 * puts only those files together that have the same weights and style: Greek, which comes in others, is a family of its own.
 */
export const fontFiles: FontFile[] = [
  {family: "Source Serif 4 Variable", weight: "200 900", style: "normal", unicodeRange: latin, address: here(serif)},
  {family: "Source Serif 4 Variable", weight: "200 900", style: "italic", unicodeRange: latin, address: here(serifItalic)},
  {family: "Greek", weight: "400", style: "normal", unicodeRange: greekRanges, address: here(greek)},
  {family: "Greek", weight: "200 900", style: "italic", unicodeRange: greekRanges, address: here(serifGreekItalic)},
  {family: "Source Sans 3 Variable", weight: "200 900", style: "normal", unicodeRange: latin, address: here(sans)},
  {family: "Source Code Pro", weight: "400", style: "normal", unicodeRange: latin, address: here(code)},
  {family: "Source Code Pro", weight: "500 900", style: "normal", unicodeRange: latin, address: here(codeBold)},
  {family: "Greek of Code", weight: "200 900", style: "normal", unicodeRange: greekRanges, address: here(codeGreek)},
  {family: "Signs", weight: "400", style: "normal", unicodeRange: signRanges, address: here(signs)},
  {family: "Formulas", weight: "400", style: "normal", unicodeRange: "U+0-10FFFF", address: here(formulas)}
];
