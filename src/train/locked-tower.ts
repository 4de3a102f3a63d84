/**
 * A pretrained image tower that is never trained: a tfjs layers model, cut at its last global pooling (LiT's setting,
 * Zhai et al. 2022, "Locked-image text tuning"). Only its features leave this file.
 */
import type {LayersModel, SymbolicTensor} from "@tensorflow/tfjs-layers";
import {configRanges, limits, past} from "../limits.ts";
import * as tf from "../tensor/tf.ts";
import {towerFiles} from "./tower-files.ts";

export interface LockedTower {
  /** Side of the square images that it takes. */
  sizePx: number;
  /** Features an image. */
  width: number;
  /** Tells this tower from another, for the cache. */
  identity: string;
  /** uint8 RGB [count, sizePx, sizePx, 3] -> [count, width]. */
  features(pixels: Uint8Array, count: number): Promise<Float32Array>;
  dispose(): void;
}

/** Images looked at together. */
export const towerBatch = 16;

/** Where a tower's model.json is: `address` names a folder, or the file itself. */
export function towerUrl(address: string, baseUrl: string): string {
  return new URL(address.endsWith(".json") ? address : `${address.replace(/\/$/, "")}/model.json`, baseUrl).href;
}

/**
 * Loads the model at `address` (a folder with model.json, or the file itself).
 * @throws Error naming the address when nothing is there, or when the model has no square image input or no pooling layer.
 */
export async function openLockedTower(address: string, baseUrl: string): Promise<LockedTower> {
  const url = towerUrl(address, baseUrl);
  const [{loadLayersModel, model: cut}, {foldTower}] = await Promise.all([import("@tensorflow/tfjs-layers"), import("./folded-tower.ts")]);
  const artifacts = await towerFiles(url, address).catch((error: Error) => {
    throw new Error(`no image tower could be read: ${error.message}`);
  });
  let full: LayersModel;
  try {
    full = await loadLayersModel({load: async () => artifacts});
  } catch {
    throw new Error(`no image tower could be read from ${address}: its layers and its weights do not fit each other; expected a tfjs layers model, as its converter writes it`);
  }
  const [, height, width, channels] = full.inputs[0].shape as (number | null)[];
  const pooling = full.layers.filter((layer) => /global.*pooling/i.test(layer.getClassName())).at(-1);
  if (!pooling || !height || height !== width || channels !== 3) {
    const found = `[${full.inputs[0].shape.join(", ")}] and ${pooling ? "a" : "no"} global pooling layer`;
    full.dispose();
    throw new Error(`the model at ${address} cannot serve as an image tower: expected a square RGB input and a global pooling layer, found ${found}`);
  }
  const largest = Math.max(...full.layers.map((layer) => ([layer.outputShape].flat(2) as (number | null)[]).reduce((product: number, size) => product * (size ?? 1), 1)));
  const tooLarge = past(limits.towerMap, largest * towerBatch);
  if (tooLarge || !(height <= configRanges.sizePx[1])) {
    full.dispose();
    throw new Error(`the model at ${address} ${tooLarge ?? `looks at images of ${height} px, more than the ${configRanges.sizePx[1]} that are read: take a smaller one`}`);
  }
  const tower = cut({inputs: full.inputs, outputs: pooling.output as SymbolicTensor});
  const folded = foldTower(tower);
  const featureWidth = (tower.outputs[0].shape as number[]).at(-1)!;

  return {
    sizePx: height,
    width: featureWidth,
    identity: `${full.name}/${pooling.name}/${full.countParams()}`,
    async features(pixels, count) {
      const output = tf.tidy(() => {
        const images = tf.tensor4d(Float32Array.from(pixels.subarray(0, count * height * height * 3)), [count, height, height, 3]);
        return folded.predict(images.div(127.5).sub(1)).reshape([count, featureWidth]); // [count, width]
      });
      const data = (await output.data()) as Float32Array;
      output.dispose();
      return data;
    },
    dispose() {
      folded.dispose();
      full.dispose();
    }
  };
}
