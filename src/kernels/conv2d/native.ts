/** Convolution's kernels for the WebAssembly backend: DiagonalUnroll (windows into rows) and DiagonalRollUp (back). */
import type {Native} from "../assembly/native.ts";

export interface WindowAttributes {
  /** Of the images: [n, h, w, c]. */
  shape: number[];
  kernelHeight: number;
  kernelWidth: number;
  stride: number;
  padding: number;
  down: number;
  across: number;
}

export function registerConv2d(native: Native): void {
  native.register("DiagonalUnroll", ({x}, attributes: WindowAttributes) => {
    const {shape: [n, , , channels], kernelHeight, kernelWidth, down, across} = attributes;
    const rows = native.output([n * down * across, kernelHeight * kernelWidth * channels]);
    native.run("unroll", [...wordsOf(attributes), native.address(x), native.address(rows)]);
    return rows;
  });

  native.register("DiagonalRollUp", ({rows}, attributes: WindowAttributes) => {
    const x = native.output(attributes.shape);
    native.run("rollUp", [...wordsOf(attributes), native.address(x), native.address(rows)]);
    return x;
  });
}

function wordsOf({shape, kernelHeight, kernelWidth, stride, padding, down, across}: WindowAttributes): number[] {
  return [...shape, kernelHeight, kernelWidth, stride, padding, down, across];
}
