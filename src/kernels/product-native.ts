/** tfjs's own matrix product on our kernels: its WebAssembly one is slow wherever it transposes, and every gradient does. */
import * as tf from "../tensor/tf.ts";
import type {Native} from "./assembly/native.ts";

interface MatMulAttributes {
  transposeA: boolean;
  transposeB: boolean;
}

/** Replaces BatchMatMul: a [..., m, k] times b [..., k, n], either stored transposed, leading axes broadcast. */
export function registerMatMul(native: Native): void {
  native.register("BatchMatMul", ({a, b}, {transposeA, transposeB}: MatMulAttributes) => {
    const [m, k] = lastTwo(a.shape, transposeA);
    const [kAgain, n] = lastTwo(b.shape, transposeB);
    if (k !== kAgain) throw new RangeError(`matMul: the inner sides differ: [${a.shape}]${transposeA ? " transposed" : ""} times [${b.shape}]${transposeB ? " transposed" : ""}`);
    const leading = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const c = native.output([...leading, m, n]);
    const [toA, toB] = [a, b].map(({shape}) => matrixIndices(shape.slice(0, -2), leading));
    const [ofA, ofB, ofC] = [a, b, c].map((tensor) => native.address(tensor));
    for (let i = 0; i < toA.length; i++) {
      const words = [m, n, k, ofA + 4 * m * k * toA[i], transposeA ? m : k, transposeA, ofB + 4 * k * n * toB[i], transposeB ? k : n, transposeB, ofC + 4 * m * n * i, n];
      native.run("product", [...words, 0, 0, 0, 0, false]);
    }
    return c;
  });
}

function lastTwo(shape: number[], swapped: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2);
  return swapped ? [columns, rows] : [rows, columns];
}

/** For each matrix of the result, the number of the matrix it takes from a tensor with these leading axes. */
function matrixIndices(own: number[], leading: number[]): number[] {
  const padded = [...Array<number>(leading.length - own.length).fill(1), ...own];
  let indices = [0];
  let stride = 1;
  for (let axis = leading.length - 1; axis >= 0; axis--) {
    const step = padded[axis] === 1 ? 0 : stride;
    indices = Array.from({length: leading[axis]}, (_, i) => indices.map((index) => index + i * step)).flat();
    stride *= padded[axis];
  }
  return indices;
}
