/** Thumbnails on a map, each kept at the size that it was last drawn at: a moving map draws all of them in every refresh. */

const resized = new WeakMap<HTMLCanvasElement, ImageBitmap>();

/** A zoom changes the size of all: so many are resampled a drawing, the others are stretched until their turn comes. */
const resampledAtOnce = 16;

export interface ThumbPlace {
  /** Its middle and its side, in CSS px. */
  x: number;
  y: number;
  size: number;
  edge: string;
}

/** Draws thumbnails for one drawing of a map. */
export class ThumbDrawing {
  private left = resampledAtOnce;
  /** Whether some are stretched, so that another drawing would do better. */
  isRough = false;

  constructor(private readonly context: CanvasRenderingContext2D) {}

  draw(picture: HTMLCanvasElement, {x, y, size, edge}: ThumbPlace): void {
    const dpr = this.context.getTransform().a;
    const side = Math.round(size * dpr);
    // On whole pixels, which copies instead of resampling.
    const [left, top] = [Math.round((x - size / 2) * dpr) / dpr, Math.round((y - size / 2) * dpr) / dpr];
    this.context.drawImage(this.atSize(picture, side), left, top, side / dpr, side / dpr);
    this.context.lineWidth = 1.5;
    this.context.strokeStyle = edge;
    this.context.strokeRect(left, top, size, size);
  }

  /** `picture`, `side` pixels wide; at another width where that has to wait. */
  private atSize(picture: HTMLCanvasElement, side: number): ImageBitmap | HTMLCanvasElement {
    const known = resized.get(picture);
    if (known?.width === side) return known;
    if (this.left-- <= 0) {
      this.isRough = true;
      return known ?? picture;
    }
    known?.close();
    const canvas = new OffscreenCanvas(side, side);
    const context = canvas.getContext("2d")!;
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, side, side);
    const bitmap = canvas.transferToImageBitmap();
    resized.set(picture, bitmap);
    return bitmap;
  }
}
