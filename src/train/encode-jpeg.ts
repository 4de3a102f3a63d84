/** JPEG by the browser itself, in a worker. */
import type {EncodeJpeg} from "../data/export-shards.ts";

/** Nearly without loss: small pictures suffer most from JPEG. */
export const encodeJpegInBrowser: EncodeJpeg = async (rgb, sizePx) => {
  const canvas = new OffscreenCanvas(sizePx, sizePx);
  const image = new ImageData(sizePx, sizePx);
  for (let p = 0; p < sizePx * sizePx; p++) {
    image.data.set(rgb.subarray(3 * p, 3 * p + 3), 4 * p);
    image.data[4 * p + 3] = 255;
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return new Uint8Array(await (await canvas.convertToBlob({type: "image/jpeg", quality: 0.98})).arrayBuffer());
};
