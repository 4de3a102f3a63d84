/** A picture file from the reader's machine, cut as the model's pictures are. It stays in the page. */
import {html} from "./dom.ts";

export interface DroppedPicture {
  /** uint8 RGB, [sizePx, sizePx, 3]. */
  pixels: Uint8Array;
  sizePx: number;
}

/**
 * The middle square of a picture file, at `sizePx`.
 * @throws Error where the browser cannot read the file as a picture
 */
export async function decodePicture(blob: Blob, sizePx: number): Promise<DroppedPicture> {
  const bitmap = await createImageBitmap(blob);
  const side = Math.min(bitmap.width, bitmap.height);
  const canvas = html("canvas", {width: sizePx, height: sizePx});
  const context = canvas.getContext("2d", {willReadFrequently: true})!;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, sizePx, sizePx);
  bitmap.close();
  const {data} = context.getImageData(0, 0, sizePx, sizePx);
  return {sizePx, pixels: Uint8Array.from({length: sizePx * sizePx * 3}, (_, n) => data[Math.floor(n / 3) * 4 + (n % 3)])};
}

/** The picture on a canvas of its own size. */
export function canvasOfPicture({pixels, sizePx}: DroppedPicture): HTMLCanvasElement {
  const canvas = html("canvas", {width: sizePx, height: sizePx, "aria-hidden": true});
  const image = new ImageData(sizePx, sizePx);
  for (let p = 0; p < sizePx * sizePx; p++) image.data.set([pixels[3 * p], pixels[3 * p + 1], pixels[3 * p + 2], 255], 4 * p);
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return canvas;
}

/** Makes `element` take a dropped file, marking it while one hangs over it. */
export function takesDrops(element: HTMLElement, take: (file: File) => void): void {
  element.addEventListener("dragover", (event) => (event.preventDefault(), element.classList.add("d-over")));
  element.addEventListener("dragleave", () => element.classList.remove("d-over"));
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    element.classList.remove("d-over");
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
  });
}
