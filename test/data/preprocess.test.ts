import {existsSync, readFileSync} from "node:fs";
import {join} from "node:path";
import {describe, expect, it} from "vitest";
import {normalize, resizeAndCrop, resizeBox} from "../../src/data/preprocess.ts";
import {needsShared, sharedFolder} from "../left-out.ts";

const reference = join(sharedFolder, "reference/preprocess.safetensors");

/** Just enough of a safetensors reader for this file. */
function readReference(path: string) {
  const bytes = readFileSync(path);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + headerBytes));
  const tensor = (name: string) => {
    const [from, to] = header[name].data_offsets;
    const data = new Uint8Array(bytes.subarray(8 + headerBytes + from, 8 + headerBytes + to)).buffer;
    return {shape: header[name].shape as number[], data: header[name].dtype === "F32" ? new Float32Array(data) : new Int32Array(data)};
  };
  return {images: JSON.parse(header.__metadata__.images) as {name: string; size: number}[], tensor};
}

describe("preprocessing agrees with CLIP's", needsShared("reference/preprocess.safetensors"), () => {
  const {images, tensor} = existsSync(reference) ? readReference(reference) : {images: [{name: "a photo", size: 224}], tensor: () => ({shape: [0], data: new Int32Array()})};
  it.each(images.map((image, i) => [image.name, image.size, i] as const))("%s at %i px", (_name, size, i) => {
    const {shape, data} = tensor(`${i}/source_u8`);
    const pixels = resizeAndCrop({rgb: Uint8Array.from(data), width: shape[1], height: shape[0]}, size);
    const expected = tensor(`${i}/resized_u8`).data;
    let worst = 0;
    let sum = 0;
    pixels.forEach((value, k) => {
      const off = Math.abs(value - expected[k]);
      worst = Math.max(worst, off);
      sum += off;
    });
    expect(pixels.length).toBe(expected.length);
    expect(worst).toBeLessThanOrEqual(1);
    expect(sum / pixels.length).toBeLessThan(0.05);

    const floats = tensor(`${i}/normalized_hwc`).data;
    const ours = normalize(Uint8Array.from(expected));
    expect(ours.reduce((most, value, k) => Math.max(most, Math.abs(value - floats[k])), 0)).toBeLessThan(1e-5);
  });
});

describe("resizeAndCrop", () => {
  it("leaves an image of the right size as it is", () => {
    const rgb = Uint8Array.from({length: 16 * 16 * 3}, (_, i) => (i * 37) % 256);
    expect(resizeAndCrop({rgb, width: 16, height: 16}, 16)).toEqual(rgb);
  });

  it.each([[1, 5000], [5000, 1], [7, 3], [1, 1]])("keeps a flat colour flat, whatever the shape: %i x %i", (width, height) => {
    const rgb = new Uint8Array(width * height * 3).fill(201);
    const out = resizeAndCrop({rgb, width, height}, 32);
    expect(out.length).toBe(32 * 32 * 3);
    expect(new Set(out)).toEqual(new Set([201]));
  });

  it("takes the middle: the crop of a wide image is its centre", () => {
    const width = 96, height = 32;
    const rgb = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) rgb[(y * width + x) * 3] = x;
    const out = resizeAndCrop({rgb, width, height}, 32);
    expect(out[0]).toBe(32);
    expect(out[31 * 3]).toBe(63);
  });

  it("says which numbers do not fit", () => {
    expect(() => resizeAndCrop({rgb: new Uint8Array(10), width: 2, height: 2}, 4)).toThrow(/2 x 2 x 3 = 12 bytes, got 10/);
    expect(() => resizeBox({rgb: new Uint8Array(12), width: 2, height: 2}, [1, 0, 2, 2], 4)).toThrow(/does not lie in the image of 2 x 2/);
  });
});
