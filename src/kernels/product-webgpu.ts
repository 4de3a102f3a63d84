/** tfjs's own matrix product on ours where it can be: its WebGPU one reads single numbers wherever b is transposed, and every gradient does. */
import * as tf from "../tensor/tf.ts";
import {gemm} from "./linear/gemm-wgsl.ts";
import {output, registerShader, sizeOf} from "./wgsl/program.ts";

interface MatMulAttributes {
  transposeA: boolean;
  transposeB: boolean;
}

let original: tf.KernelConfig | undefined;

/** Replaces BatchMatMul: a [..., m, k] times b [..., k, n], either stored transposed. Leading axes are the same, or one side has none. */
export function registerMatMulWebgpu(): void {
  original ??= tf.getKernel("BatchMatMul", "webgpu");
  const stock = original;
  registerShader("BatchMatMul", (backend, {a, b}, {transposeA, transposeB}: MatMulAttributes) => {
    const [[rowsA, columnsA], [rowsB, columnsB]] = [a.shape.slice(-2), b.shape.slice(-2)];
    const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
    const [kAgain, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
    const [countA, countB] = [a, b].map(({shape}) => sizeOf(shape.slice(0, -2)));
    const [leadingA, leadingB] = [a, b].map(({shape}) => shape.slice(0, -2));
    const simple = `${leadingA}` === `${leadingB}` || countA === 1 || countB === 1;
    if (k !== kAgain || !simple || a.dtype !== "float32" || b.dtype !== "float32" || m * n * k === 0) {
      return stock!.kernelFunc({inputs: {a, b}, attrs: {transposeA, transposeB}, backend}) as tf.TensorInfo;
    }
    const count = Math.max(countA, countB);
    const c = output(backend, [...tf.broadcast_util.assertAndGetBroadcastShape(leadingA, leadingB), m, n]);
    const batches = count > 1 ? {count, aStep: countA > 1 ? m * k : 0, bStep: countB > 1 ? n * k : 0} : undefined;
    gemm(backend, {m, n, k, a, b, c, aAcross: transposeA, bAcross: transposeB, batches});
    return c;
  });
}
