/** The one door to TensorFlow.js: its core with the chained methods (`a.matMul(b)`), and no backend; see backend.ts. */
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
// Where Node loads a second copy of the core, the methods' copy makes the tensors, and needs its own `clone`.
import "@tensorflow/tfjs-core/dist/base_side_effects.js";

export * from "@tensorflow/tfjs-core";
