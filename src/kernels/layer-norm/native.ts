/** Layer normalisation's kernels for the WebAssembly backend: DiagonalLayerNorm and DiagonalLayerNormGradient. */
import type {Native} from "../assembly/native.ts";

export function registerLayerNorm(native: Native): void {
  native.register("DiagonalLayerNorm", ({x, gain, bias}, {epsilon}: {epsilon: number}) => {
    const y = native.output(x.shape);
    const width = gain.shape[0];
    native.run("layerNorm", [sizeOf(x.shape) / width, width, native.address(x), native.address(gain), native.address(bias), native.address(y)], [epsilon]);
    return y;
  });

  native.register("DiagonalLayerNormGradient", ({x, gain, dy}, {epsilon}: {epsilon: number}) => {
    const [dx, gainGradient, biasGradient] = [x, gain, gain].map(({shape}) => native.output(shape));
    const width = gain.shape[0];
    const partial = native.parts * width;
    const sums = native.workspace(8 * partial);
    native.run("layerNormGradient", [sizeOf(x.shape) / width, width, native.address(x), native.address(gain), native.address(dy), native.address(dx), sums, sums + 4 * partial], [epsilon]);
    [gainGradient, biasGradient].forEach((gradient, i) => sumRows(native.floatsAt(sums + 4 * i * partial, partial), native.floatsAt(native.address(gradient), width)));
    return [dx, gainGradient, biasGradient];
  });
}

const sizeOf = (shape: number[]) => shape.reduce((a, b) => a * b, 1);

/** Adds up the parts' sums, [parts, width], into [width]. */
function sumRows(rows: Float32Array, sum: Float32Array): void {
  sum.set(rows.subarray(0, sum.length));
  for (let i = sum.length; i < rows.length; i++) sum[i % sum.length] += rows[i];
}
