/** Decodes image files in a browser, on the page or in a worker. The same pixels as node/decode.ts, bit for bit. */
import {limits} from "../limits.ts";
import {inspectImage} from "./image.ts";
import type {RgbImage} from "./preprocess.ts";

/** From a file's bytes to RGB. Throws an Error fit to be put after the file's name. */
export type Decode = (bytes: Uint8Array) => Promise<RgbImage>;

/**
 * The first frame, turned upright as its EXIF data says, without colour management, transparency on white.
 * Throws an Error fit to be put after the file's name.
 */
export const decodeInBrowser: Decode = async (bytes) => {
  inspectImage(bytes);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), {colorSpaceConversion: "none"});
  } catch {
    throw new Error("cannot be decoded: its header is right, but what follows is damaged; save it anew");
  }
  const {width, height} = bitmap;
  // A header may lie.
  if (width * height > limits.pixels.most) {
    bitmap.close();
    throw new Error(limits.pixels.says(`${width} x ${height}`));
  }
  const context = new OffscreenCanvas(width, height).getContext("2d", {willReadFrequently: true})!;
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return {rgb: dropAlpha(context.getImageData(0, 0, width, height).data), width, height};
};

function dropAlpha(rgba: Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let i = 0, o = 0; i < rgba.length; i += 4, o += 3) {
    rgb[o] = rgba[i];
    rgb[o + 1] = rgba[i + 1];
    rgb[o + 2] = rgba[i + 2];
  }
  return rgb;
}
