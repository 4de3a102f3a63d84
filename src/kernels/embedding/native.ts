/** The embedding look-up's kernels for the WebAssembly backend: DiagonalEmbedding and DiagonalEmbeddingGradient. */
import type {Native} from "../assembly/native.ts";

export function registerEmbedding(native: Native): void {
  native.register("DiagonalEmbedding", ({table, ids}) => {
    const [vocabulary, width] = table.shape;
    const y = native.output([...ids.shape, width]);
    native.run("embedding", [sizeOf(ids.shape), width, vocabulary, native.address(table), native.address(ids), native.address(y)]);
    return y;
  });

  native.register("DiagonalEmbeddingGradient", ({ids, dy}, {vocabulary}: {vocabulary: number}) => {
    const width = dy.shape[dy.shape.length - 1];
    const gradient = native.output([vocabulary, width]);
    native.run("embeddingGradient", [sizeOf(ids.shape), width, vocabulary, native.address(dy), native.address(ids), native.address(gradient)]);
    return gradient;
  });
}

const sizeOf = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
