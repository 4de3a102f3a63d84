/** What widgets ask of a set of pairs, and its thumbnails, each asked for once. */

/** A set of image-caption pairs as a notebook hands it over; row `i` of every array is about image `i`. */
export interface Pairs {
  /** Stable names, one an image. */
  ids: string[];
  captions: string[][];
  /** Known values, one an image: subject, colour, ... */
  factors?: Record<string, (string | number)[]>;
  splits?: string[];
  /** Square pictures: RGBA [n, sizePx, sizePx, 4]. */
  thumbnails?(indices: number[]): Promise<{sizePx: number; pixels: Uint8ClampedArray | Uint8Array}>;
}

export interface Thumbnails {
  /** The picture of image `index`, or null while it is on its way. */
  get(index: number): HTMLCanvasElement | null;
  /** Fetches those not yet here, then calls `ready`. */
  want(indices: ArrayLike<number>, ready: () => void): void;
}

const caches = new WeakMap<Pairs, Thumbnails>();

/** The thumbnails of `pairs`, shared by all widgets that show them. */
export function thumbnailsOf(pairs: Pairs | undefined): Thumbnails {
  if (!pairs?.thumbnails) return {get: () => null, want() {}};
  let cache = caches.get(pairs);
  if (!cache) caches.set(pairs, (cache = createCache(pairs)));
  return cache;
}

function createCache(pairs: Pairs): Thumbnails {
  const pictures = new Map<number, HTMLCanvasElement | null>();
  /** Those who want a picture that another widget already asked for. */
  const waiting = new Set<() => void>();
  return {
    get: (index) => pictures.get(index) ?? null,
    want(indices, ready) {
      const wanted = Array.from(new Set(Array.from(indices))).filter((index) => index >= 0);
      if (wanted.some((index) => pictures.get(index) === null)) waiting.add(ready);
      const missing = wanted.filter((index) => !pictures.has(index));
      if (missing.length === 0) return;
      for (const index of missing) pictures.set(index, null);
      pairs.thumbnails!(missing).then(
        ({sizePx, pixels}) => {
          missing.forEach((index, k) => pictures.set(index, picture(pixels, k, sizePx)));
          const others = [...waiting].filter((other) => other !== ready);
          waiting.clear();
          ready();
          for (const other of others) other();
        },
        () => missing.forEach((index) => pictures.delete(index))
      );
    }
  };
}

function picture(pixels: Uint8ClampedArray | Uint8Array, k: number, sizePx: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = sizePx;
  const length = sizePx * sizePx * 4;
  canvas.getContext("2d")!.putImageData(new ImageData(new Uint8ClampedArray(pixels.slice(k * length, (k + 1) * length)), sizePx, sizePx), 0, 0);
  return canvas;
}
