/** Decodes image files in Node, with sharp. The same pixels as decode.ts gets in a browser. */
import sharp from "sharp";
import type {Sharp} from "sharp";
import type {Decode} from "../decode.ts";
import {limits} from "../../limits.ts";
import {inspectImage} from "../image.ts";

/** The first frame, turned upright, without colour management, transparency on white. Throws an Error fit to be put after the file's name. */
export const decodeInNode: Decode = async (bytes) => {
  const {cmyk} = inspectImage(bytes);
  // sharp parallelises over images by itself; one thread an image wastes nothing.
  const image = sharp(bytes, {ignoreIcc: true, limitInputPixels: limits.pixels.most, failOn: "error"}).autoOrient();
  try {
    if (cmyk) return await decodeInks(image);
    const {data, info} = await image.flatten({background: "white"}).toColourspace("srgb").raw({depth: "uchar"}).toBuffer({resolveWithObject: true});
    return {rgb: new Uint8Array(data.buffer, data.byteOffset, data.length), width: info.width, height: info.height};
  } catch {
    throw new Error("cannot be decoded: its header is right, but what follows is damaged; save it anew");
  }
};

/** Cyan, magenta, yellow and black without a profile: each light is what its ink and the black leave over, as browsers do it. */
async function decodeInks(image: Sharp) {
  const {data, info} = await image.pipelineColourspace("cmyk").toColourspace("cmyk").raw({depth: "uchar"}).toBuffer({resolveWithObject: true});
  const rgb = new Uint8Array(info.width * info.height * 3);
  for (let i = 0, o = 0; o < rgb.length; i += info.channels, o += 3) {
    const left = 255 - data[i + 3];
    for (let c = 0; c < 3; c++) rgb[o + c] = Math.round(((255 - data[i + c]) * left) / 255);
  }
  return {rgb, width: info.width, height: info.height};
}
