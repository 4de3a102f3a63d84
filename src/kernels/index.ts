/**
 * The fused operations that the model is written in. Each folder holds one: its definition in plain tfjs
 * (reference.ts), its kernels, and its gradient. Weights have PyTorch's shapes throughout.
 */
export {};
