/** Debian's Firefox does with the lessons what a person would. */
import {describe} from "vitest";
import {leftOut} from "../left-out.ts";
import {lackOfFirefox, launchFirefox} from "./firefox.ts";
import {holdsLessons} from "./in-another-browser.ts";

describe("in Firefox", leftOut(lackOfFirefox()), () => holdsLessons({launch: launchFirefox, lacks: "WebGPU", keptIn: "disk"}));
