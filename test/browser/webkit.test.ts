/** WebKit, Safari's kin: Debian's WebKitGTK does with the lessons what a person would. */
import {describe} from "vitest";
import {leftOut} from "../left-out.ts";
import {holdsLessons} from "./in-another-browser.ts";
import {lackOfWebkit, launchWebkit} from "./webkit.ts";

describe("in WebKit", leftOut(lackOfWebkit()), () => holdsLessons({launch: launchWebkit, lacks: "WebGPU, Relaxed SIMD, Threads", keptIn: "memory"}));
