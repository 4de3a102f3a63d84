/** L2 normalisation over the last axis. */
import type * as tf from "../../tensor/tf.ts";
import {l2NormalizeReference} from "./reference.ts";

/** x / max(|x|, epsilon) over the last axis, any shape: PyTorch's `functional.normalize`. */
export function l2Normalize<T extends tf.Tensor>(x: T, epsilon = 1e-12): T {
  return l2NormalizeReference(x, epsilon);
}
