/** The contrastive loss's kernels for the WebAssembly backend: DiagonalContrastiveLoss and DiagonalContrastiveLossGradient. */
import type * as tf from "../../tensor/tf.ts";
import type {Native} from "../assembly/native.ts";

/** Rows of a block in contrastive-loss/wasm.ts. */
const block = 96;

export function registerContrastiveLoss(native: Native): void {
  /** Gives the loss and the log sums of rows and columns, [n] each. */
  native.register("DiagonalContrastiveLoss", ({images, texts, t}) => {
    const n = images.shape[0];
    const [loss, rowSums, columnSums] = [[], [n], [n]].map((shape) => native.output(shape));
    const work = native.workspace(workBytes(native, n) + 4 * n);
    const truths = work + workBytes(native, n);
    const [rows, columns] = [native.address(rowSums), native.address(columnSums)];
    native.run("lossRows", [...sides(native, images, texts, t), work, rows, columns, truths], [], partsOf(native, n));
    native.run("lossRows", [...sides(native, texts, images, t), work, columns, rows, truths], [], partsOf(native, n));
    const [bySums, byColumns, own] = [rows, columns, truths].map((address) => native.floatsAt(address, n));
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (bySums[i] + byColumns[i]) / 2 - own[i];
    native.floatsAt(native.address(loss), 1)[0] = sum / n;
    return [loss, rowSums, columnSums];
  });

  native.register("DiagonalContrastiveLossGradient", ({images, texts, t, rowSums, columnSums, dy}) => {
    const n = images.shape[0];
    const [imagesGradient, textsGradient, scaleGradient] = [images, texts, t].map(({shape}) => native.output(shape));
    const work = native.workspace(workBytes(native, n) + 4 * native.parts);
    const shares = work + workBytes(native, n);
    const [rows, columns] = [native.address(rowSums), native.address(columnSums)];
    const parts = partsOf(native, n);
    // A part without rows writes 0 too, so every share is set.
    native.run("lossGradient", [...sides(native, images, texts, t), work, rows, columns, 0, native.address(dy), native.address(imagesGradient), shares], [], parts);
    const sum = native.floatsAt(shares, parts).reduce((a, b) => a + b, 0);
    native.run("lossGradient", [...sides(native, texts, images, t), work, columns, rows, 0, native.address(dy), native.address(textsGradient), 0], [], parts);
    native.floatsAt(native.address(scaleGradient), 1)[0] = sum;
    return [imagesGradient, textsGradient, scaleGradient];
  });
}

/** A block of rows is the least that is worth sharing. */
const partsOf = (native: Native, n: number) => (n > block ? native.parts : 1);

const workBytes = (native: Native, n: number) => native.threads * block * 4 * (4 * Math.ceil(n / 4));

function sides(native: Native, a: tf.TensorInfo, b: tf.TensorInfo, t: tf.TensorInfo): number[] {
  return [...a.shape, native.address(a), native.address(b), native.address(t)];
}
