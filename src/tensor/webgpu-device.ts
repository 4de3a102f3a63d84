/**
 * WebGPU's adapter and device for tfjs: which adapter there is, whether it is real hardware, and a backend on a device of
 * our own with the features our kernels use. tfjs's own registration asks for neither subgroups nor half floats.
 */
import * as tf from "./tf.ts";

/** Asked for where the adapter has them; kernels must look before they use one (`device.features`). */
const wantedFeatures = ["timestamp-query", "shader-f16", "subgroups"] as GPUFeatureName[];

const wantedLimits = [
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxBufferSize",
  "maxComputeWorkgroupSizeX",
  "maxComputeInvocationsPerWorkgroup"
] as const;

let present: GPUDevice | undefined;
let lost: string | undefined;

/** Why the present WebGPU device was lost, in the browser's words; undefined as long as it is there. Its tensors are gone with it. */
export function deviceLoss(): string | undefined {
  return lost;
}

/** The machine's WebGPU adapter, or null where there is none. */
export async function findAdapter(): Promise<GPUAdapter | null> {
  if (typeof navigator === "undefined" || !("gpu" in navigator) || !navigator.gpu) return null;
  try {
    return await navigator.gpu.requestAdapter({powerPreference: "high-performance"});
  } catch {
    return null;
  }
}

/** "nvidia hopper (NVIDIA H100)": what the adapter says of itself. */
export function describeAdapter({info}: GPUAdapter): string {
  const words = [info?.vendor, info?.architecture].filter(Boolean).join(" ");
  const detail = info?.description || info?.device;
  return (words || "an adapter without a name") + (detail ? ` (${detail})` : "");
}

/** Whether the adapter is the processor in disguise: SwiftShader, lavapipe, WARP. */
export function isSoftware(adapter: GPUAdapter): boolean {
  if (adapter.info?.isFallbackAdapter) return true;
  return /swiftshader|llvmpipe|lavapipe|softpipe|software|microsoft basic render|\bwarp\b/i.test(describeAdapter(adapter));
}

/** Registers tfjs's WebGPU backend on a device of ours, in place of any earlier one. `tf.setBackend("webgpu")` starts it. */
export async function registerWebgpu(adapter: GPUAdapter): Promise<GPUDevice> {
  const {WebGPUBackend} = await import("@tensorflow/tfjs-backend-webgpu");
  const limits: Record<string, number> = {};
  for (const limit of wantedLimits) limits[limit] = adapter.limits[limit];
  const device = await adapter.requestDevice({
    requiredFeatures: wantedFeatures.filter((feature) => adapter.features.has(feature)),
    requiredLimits: limits
  });
  lost = undefined;
  void device.lost.then(({reason, message}) => {
    if (device === present) lost = message || reason;
  });
  present = device;
  if (tf.engine().registryFactory["webgpu"]) tf.removeBackend("webgpu");
  tf.registerBackend("webgpu", () => new WebGPUBackend(device, adapter.info), 3);
  return device;
}
