/** What a module of the site finds in the frame that it was loaded into. */
import type {FrameGlobals} from "../../src/notebook/frame.ts";

export type Frame = FrameGlobals;

export const frame = () => (globalThis as unknown as {diagonalFrame: Frame}).diagonalFrame;
