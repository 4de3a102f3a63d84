/** What all fused operations share: one node on tfjs's tape, and gradients computed only for the inputs that want one. */
import * as tf from "../tensor/tf.ts";

type Save = (tensors: tf.Tensor[]) => void;

interface Engine {
  isTapeOn(): boolean;
  runKernelFunc(call: {
    forwardFunc(backend: tf.KernelBackend, save: Save): tf.Tensor;
    backwardsFunc(dy: tf.Tensor, saved: tf.Tensor[]): Record<string, () => tf.Tensor>;
    inputs: Record<string, tf.Tensor>;
  }): tf.Tensor;
}

const engine = () => tf.engine() as unknown as Engine;

/** Whether the present backend has our kernel of this name; without it, operations use their definitions. */
export function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/** Whether a gradient is being recorded, so that what it needs must be kept. Ask before `fused`: within it the answer is no. */
export function isRecording(): boolean {
  return engine().isTapeOn();
}

/**
 * One operation with its own gradient: like `tf.customGrad`, but `backward` returns a function an input, and only those
 * of inputs that need a gradient are called. `save` keeps tensors until the gradient is taken, and does nothing when none is.
 */
export function fused(inputs: Record<string, tf.Tensor>, forward: (save: Save) => tf.Tensor, backward: (dy: tf.Tensor, saved: tf.Tensor[]) => Record<string, () => tf.Tensor>): tf.Tensor {
  return engine().runKernelFunc({forwardFunc: (_, save) => forward(save), backwardsFunc: backward, inputs});
}

/** Runs a registered kernel that gives several tensors. */
export function runKernel(name: string, inputs: Record<string, tf.Tensor | undefined>, attributes: object): tf.Tensor[] {
  const given = Object.fromEntries(Object.entries(inputs).filter(([, tensor]) => tensor)) as tf.NamedTensorMap;
  const outputs = tf.engine().runKernel(name, given, attributes as unknown as tf.NamedAttrMap) as tf.Tensor | tf.Tensor[];
  return Array.isArray(outputs) ? outputs : [outputs];
}
