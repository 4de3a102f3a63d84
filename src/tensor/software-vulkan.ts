/** Finds the software Vulkan driver that Chromium brings, for WebGPU in Node. Never part of a browser bundle. */
import {existsSync} from "node:fs";
import {dirname, join} from "node:path";

/** Where Chromium keeps a Vulkan loader and a software driver that Dawn can use. */
const chromiumFolders = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome", "/usr/lib64/chromium-browser"];

/** The environment under which Dawn finds Chromium's software Vulkan, or null where there is no Chromium. */
export function softwareVulkan(): Record<string, string> | null {
  const places = process.env.CHROME_PATH ? [dirname(process.env.CHROME_PATH), ...chromiumFolders] : chromiumFolders;
  const folder = places.find((place) => existsSync(join(place, "vk_swiftshader_icd.json")) && existsSync(join(place, "libvulkan.so.1")));
  if (!folder) return null;
  return {
    VK_ICD_FILENAMES: join(folder, "vk_swiftshader_icd.json"),
    LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":")
  };
}
