import sharp from "sharp";
import {describe, expect, it} from "vitest";
import {corrupt, corruptionKinds} from "../../src/evaluate/corruptions.ts";
import {compressAsJpeg} from "../../src/evaluate/jpeg-blocks.ts";
import {seededRandom} from "../../src/tensor/random.ts";

/** A smooth sky over a striped ground: flat parts, an edge and fine detail. */
function picture(sizePx: number, seed = 1): Uint8Array {
  const random = seededRandom(seed);
  const tint = [random(), random(), random()];
  return Uint8Array.from({length: sizePx * sizePx * 3}, (_, n) => {
    const [x, y, c] = [Math.floor(n / 3) % sizePx, Math.floor(n / 3 / sizePx), n % 3];
    return y < sizePx / 2 ? 90 + 80 * tint[c] + y : 60 + 50 * tint[c] + 60 * Math.sin((x * (c + 1)) / 3);
  });
}

const distance = (a: Uint8Array, b: Uint8Array) => a.reduce((sum, value, n) => sum + Math.abs(value - b[n]), 0) / a.length;
/** Mean distance of the red values from their mean. */
const contrast = (pixels: Uint8Array) => {
  const red = pixels.filter((_, n) => n % 3 === 0);
  const mean = red.reduce((sum, value) => sum + value, 0) / red.length;
  return red.reduce((sum, value) => sum + Math.abs(value - mean), 0) / red.length;
};

describe("corruptions", () => {
  const sizePx = 32;
  const pixels = picture(sizePx);

  it.each(corruptionKinds)("%s grows with its strength, and leaves the original alone", (kind) => {
    const before = pixels.slice();
    const distances = [0, 1, 2, 3, 4, 5].map((strength) => distance(corrupt({pixels, sizePx, kind, strength}), pixels));
    expect(distances[0]).toBe(0);
    for (let s = 1; s <= 5; s++) expect(distances[s], `strength ${s}`).toBeGreaterThan(distances[s - 1]);
    expect(distances[5]).toBeGreaterThan(4);
    expect(pixels).toEqual(before);
  });

  it("do what their names say", () => {
    const hard = (kind: (typeof corruptionKinds)[number]) => corrupt({pixels, sizePx, kind, strength: 5});
    expect(contrast(hard("contrast"))).toBeLessThan(0.2 * contrast(pixels));
    const mean = (a: Uint8Array) => a.reduce((sum, value) => sum + value, 0) / a.length;
    expect(mean(hard("brightness"))).toBeGreaterThan(mean(pixels) + 80);
    expect(Math.abs(mean(hard("blur")) - mean(pixels))).toBeLessThan(1);
    // A quarter of 32 pixels: 8 by 8 cells of one colour each.
    const cells = hard("pixelate");
    for (let y = 0; y < sizePx; y++) for (let x = 0; x < sizePx; x++) expect(cells[(y * sizePx + x) * 3]).toBe(cells[((y & ~3) * sizePx + (x & ~3)) * 3]);
  });

  it("depend on the seed and on the picture's place only where they are random", () => {
    const two = new Uint8Array(2 * pixels.length);
    two.set(pixels);
    two.set(pixels, pixels.length);
    const noisy = corrupt({pixels: two, sizePx, kind: "noise", strength: 2});
    expect(noisy.slice(0, pixels.length)).toEqual(corrupt({pixels, sizePx, kind: "noise", strength: 2}));
    expect(noisy.slice(0, pixels.length)).not.toEqual(noisy.slice(pixels.length));
    expect(corrupt({pixels, sizePx, kind: "noise", strength: 2, seed: 2})).not.toEqual(noisy.slice(0, pixels.length));
  });

  it("say what is wrong", () => {
    expect(() => corrupt({pixels, sizePx: 31, kind: "blur", strength: 1})).toThrow("pixels: expected pictures of 31 x 31 x 3 bytes, got 3072 bytes");
    expect(() => corrupt({pixels, sizePx, kind: "blur", strength: 6})).toThrow("strength: expected a whole number from 0 to 5, got 6");
    expect(() => corrupt({pixels, sizePx, kind: "snow" as "blur", strength: 1})).toThrow('kind: expected one of noise, blur, contrast, jpeg, pixelate, brightness, got "snow"');
  });
});

describe("JPEG blocks", () => {
  it.each([[90, 32], [35, 32], [6, 32], [20, 30]])("round as libjpeg does at quality %i, side %i", async (quality, sizePx) => {
    const pixels = picture(sizePx, 3);
    const file = await sharp(pixels, {raw: {width: sizePx, height: sizePx, channels: 3}}).jpeg({quality, chromaSubsampling: "4:4:4", optimiseCoding: false}).toBuffer();
    const theirs = new Uint8Array(await sharp(file).raw().toBuffer());
    const ours = pixels.slice();
    compressAsJpeg(ours, sizePx, quality);
    expect(distance(ours, theirs)).toBeLessThan(0.6);
    expect(distance(ours, pixels)).toBeGreaterThan(0.4);
  });
});
