/** L2 normalisation over the last axis. */
import type * as tf from "../../tensor/tf.ts";
import {fused, hasKernel, runKernel} from "../fused.ts";
import {l2NormalizeReference} from "./reference.ts";

/** x / max(|x|, epsilon) over the last axis, any shape: PyTorch's `functional.normalize`. */
export function l2Normalize<T extends tf.Tensor>(x: T, epsilon = 1e-12): T {
  if (!hasKernel("DiagonalL2Normalize")) return l2NormalizeReference(x, epsilon);
  return fused(
    {x},
    (save) => {
      save([x]);
      return runKernel("DiagonalL2Normalize", {x}, {epsilon})[0];
    },
    (dy, [x]) => ({x: () => runKernel("DiagonalL2NormalizeGradient", {x, dy}, {epsilon})[0]})
  ) as T;
}
