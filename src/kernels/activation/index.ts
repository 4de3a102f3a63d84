/** The activations as operations of their own, for where no linear layer stands before them. */
import type * as tf from "../../tensor/tf.ts";
import {geluReference, quickGeluReference} from "./reference.ts";

export type {Activation} from "./reference.ts";

/** x * Phi(x) elementwise, any shape (Hendrycks and Gimpel 2016). */
export function gelu<T extends tf.Tensor>(x: T): T {
  return geluReference(x);
}

/** x * sigmoid(1.702 x) elementwise, any shape: the activation of OpenAI's CLIP. */
export function quickGelu<T extends tf.Tensor>(x: T): T {
  return quickGeluReference(x);
}
