/** The linear layer's kernels for the WebAssembly backend: DiagonalProduct and DiagonalBeforeActivation. */
import type {Activation} from "../activation/reference.ts";
import {activations} from "../assembly/jobs.ts";
import type {Native} from "../assembly/native.ts";

/** a [m, k] (or [k, m] with aAcross) times b [k, n] (or [n, k] with bAcross), with what follows it. */
export interface ProductAttributes {
  m: number;
  n: number;
  k: number;
  aAcross: boolean;
  bAcross: boolean;
  shape: number[];
  activation: Activation;
  /** Whether the activation's derivative is given too, for the gradient. */
  keepSlope: boolean;
  /** With aAcross: whether the sums of a's rows, [m], are given too: the gradient of a bias. */
  keepSums: boolean;
}

export function registerLinear(native: Native): void {
  native.register("DiagonalProduct", ({a, b, bias, residual, factor}, {m, n, k, aAcross, bAcross, shape, activation, keepSlope, keepSums}: ProductAttributes) => {
    const c = native.output(shape);
    const slope = keepSlope ? native.output(shape) : undefined;
    const sums = keepSums ? native.output([m]) : undefined;
    native.run("product", [m, n, k, native.address(a), aAcross ? m : k, aAcross, native.address(b), bAcross ? k : n, bAcross, native.address(c), n, native.address(bias), native.address(slope), native.address(residual), activations[activation], false, native.address(factor), native.address(sums)], [], m * n * k > 2 ** 18 ? native.parts : 1);
    return [c, slope, sums].filter((output) => output !== undefined);
  });

  native.register("DiagonalBeforeActivation", ({dy, slope}) => {
    const dz = native.output(dy.shape);
    native.run("beforeActivation", [dy.shape.reduce((a, b) => a * b, 1), native.address(dy), native.address(slope), native.address(dz)]);
    return dz;
  });
}
