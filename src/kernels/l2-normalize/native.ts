/** L2 normalisation's kernels for the WebAssembly backend: DiagonalL2Normalize and DiagonalL2NormalizeGradient. */
import type {Native} from "../assembly/native.ts";

export function registerL2Normalize(native: Native): void {
  native.register("DiagonalL2Normalize", ({x}, {epsilon}: {epsilon: number}) => {
    const y = native.output(x.shape);
    native.run("l2Normalize", [...rowsOf(x.shape), native.address(x), native.address(y)], [epsilon], partsOf(native, x.shape));
    return y;
  });

  native.register("DiagonalL2NormalizeGradient", ({x, dy}, {epsilon}: {epsilon: number}) => {
    const dx = native.output(x.shape);
    native.run("l2NormalizeGradient", [...rowsOf(x.shape), native.address(x), native.address(dy), native.address(dx)], [epsilon], partsOf(native, x.shape));
    return dx;
  });
}

/** A few thousand numbers are not worth sharing among threads. */
const partsOf = (native: Native, shape: number[]) => (rowsOf(shape)[0] * rowsOf(shape)[1] > 2 ** 16 ? native.parts : 1);

/** [rows, width] of a shape whose last axis is the row. */
function rowsOf(shape: number[]): [number, number] {
  const width = shape[shape.length - 1];
  return [shape.reduce((a, b) => a * b, 1) / width, width];
}
