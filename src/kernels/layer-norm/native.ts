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
    const partial = native.threads * width;
    const sums = native.workspace(8 * partial);
    native.run("layerNormGradient", [sizeOf(x.shape) / width, width, native.address(x), native.address(gain), native.address(dy), native.address(dx), sums, sums + 4 * partial], [epsilon]);
    [gainGradient, biasGradient].forEach((gradient, i) => native.run("beforeActivation", [native.threads, width, sums + 4 * i * partial, 0, 0, native.address(gradient)]));
    return [dx, gainGradient, biasGradient];
  });
}

const sizeOf = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
