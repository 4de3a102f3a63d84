/** A stream of map positions from a stream of snapshots, computed in the layout worker; each starts from the one before. */
import type {EmbeddedPairs, Snapshot} from "../../src/train/protocol.ts";
import {frame} from "./frame-globals.ts";

/** Positions of the images and the captions of some pairs on a plane, in the order of `pairs.indices`. */
export interface JointLayout {
  pairs: EmbeddedPairs;
  images: {x: Float32Array; y: Float32Array};
  captions: {x: Float32Array; y: Float32Array};
  step: number;
}

/** After a layout its worker rests so many times as long as it worked, and no longer than `longestRestMs`. */
const restOfWork = 2;
const longestRestMs = 2000;

export interface JointLayoutOptions {
  frames: AsyncIterable<Snapshot>;
  /** Which projection: "umap" (plain), "pairing" (neighbours of both kinds), "pca" or "gap". */
  view?: string;
  seed?: number;
}

/** Lays out the newest embeddings, as often as they change and a third of a core can, and shows the map while it settles; frames that arrive meanwhile are skipped. */
export async function* jointLayouts({frames, view = "umap", seed = 1}: JointLayoutOptions): AsyncIterableIterator<JointLayout> {
  const {client} = frame();
  let warm: Positions | undefined;
  let laidOut = -1;
  for await (const {map: pairs} of frames) {
    if (!pairs || pairs.step === laidOut) continue;
    laidOut = pairs.step;
    const began = performance.now();
    const count = pairs.indices.length;
    const request = {...jointPoints(pairs), seed, view, warm: warm?.x.length === 2 * count ? {x: warm.x, y: warm.y} : undefined};
    for await (const positions of client.stream<Positions>("layout.fit", request)) {
      warm = positions;
      yield {
        pairs,
        step: pairs.step,
        images: {x: positions.x.slice(0, count), y: positions.y.slice(0, count)},
        captions: {x: positions.x.slice(count), y: positions.y.slice(count)}
      };
    }
    // Training and the page want the cores as well.
    await rest(Math.min(restOfWork * (performance.now() - began), longestRestMs));
  }
}

const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Positions {
  x: Float32Array;
  y: Float32Array;
}

/** Images first, then captions; kind 0 is an image, kind 1 a caption. */
function jointPoints({indices, width, imageEmbeddings, captionEmbeddings}: EmbeddedPairs) {
  const count = indices.length;
  const points = new Float32Array(2 * count * width);
  points.set(imageEmbeddings);
  points.set(captionEmbeddings, count * width);
  return {points, width, kinds: new Uint8Array(2 * count).fill(1, count)};
}
