/** The module that cells import as "diagonal/widgets": the widgets, wired to our own loss, layouts and measures. */
import {lossSteps} from "../../src/clip/loss-steps.ts";
// @ts-expect-error -- the file's text, which the bundler puts here, not what it exports
import source from "../../src/clip/loss-steps.ts" with {type: "text"};
import {layout as layOut} from "../../src/explore/layout.ts";
import {alignment, modalityGap, uniformity} from "../../src/explore/measures.ts";
import {crossingShare, nearestNeighbours} from "../../src/explore/neighbours.ts";
import {trustworthiness} from "../../src/explore/trustworthiness.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import type {Client} from "../../src/notebook/port.ts";
import type {HonestMap, HonestMapOptions} from "../../widgets/honest-map.ts";
import {honestMap as mapOf} from "../../widgets/honest-map.ts";
import type {LossMicroscope, LossMicroscopeOptions} from "../../widgets/loss-microscope.ts";
import {lossMicroscope as microscope} from "../../widgets/loss-microscope.ts";
import type {FilmFrame, TrainingFilm, TrainingFilmOptions} from "../../widgets/training-film.ts";
import {trainingFilm as film} from "../../widgets/training-film.ts";

export * from "../../widgets/index.ts";
export {lossSteps};

/** The text of the file that `lossSteps` is in: what runs is what is shown. */
export const lossSource: string = source;

/** The loss microscope on our own lines of source. */
export function lossMicroscope(options: Partial<LossMicroscopeOptions> = {}): LossMicroscope {
  return microscope({steps: lossSteps, source: lossSource, ...options});
}

/** The training film with the gap, the alignment and the uniformity of the watched pairs. */
export function trainingFilm(options: TrainingFilmOptions = {}): TrainingFilm {
  return film({measures, ...options});
}

function measures({watched: {imageEmbeddings, captionEmbeddings, width}}: FilmFrame): Record<string, number> {
  if (imageEmbeddings.length < 2 * width) return {};
  return {gap: modalityGap(imageEmbeddings, captionEmbeddings, width), alignment: alignment(imageEmbeddings, captionEmbeddings, width), uniformity: uniformity(imageEmbeddings, width)};
}

/** The honest map on our own projections: in the layout worker where there is one, else here. */
export function honestMap(options: Partial<HonestMapOptions> = {}): HonestMap {
  return mapOf({layout, figures, ...options});
}

const layout: HonestMapOptions["layout"] = (request) => {
  const client = (globalThis as {diagonalFrame?: {client: Client}}).diagonalFrame?.client;
  return client ? client.call("layout.settle", request) : layOut(request);
};

const neighbours = 5;

const figures: NonNullable<HonestMapOptions["figures"]> = ({points, width, kinds, x, y}) => {
  const count = kinds.length;
  if (count < 3 * neighbours) return {};
  const positions = Float32Array.from({length: 2 * count}, (_, i) => (i % 2 ? y : x)[i >> 1]);
  // Trustworthiness of every point of a large map takes seconds: a few hundred give it to about 0.01.
  const sample = count > 600 ? Int32Array.from(seededRandom(1).shuffle([...kinds.keys()]).slice(0, 300)) : undefined;
  return {crossing: crossingShare(nearestNeighbours({points, width, k: neighbours}), kinds), crossingShown: crossingOnMap(x, y, kinds, sample), trustworthiness: trustworthiness({points, width, positions, k: neighbours, sample})};
};

/** The share of a point's nearest on the map that are of the other kind. */
function crossingOnMap(x: Float32Array, y: Float32Array, kinds: Uint8Array, sample = Int32Array.from(kinds.keys())): number {
  let crossing = 0;
  for (const i of sample) {
    const near = Array.from(kinds.keys()).filter((j) => j !== i).map((j) => [(x[j] - x[i]) ** 2 + (y[j] - y[i]) ** 2, j]).sort((a, b) => a[0] - b[0]);
    for (const [, j] of near.slice(0, neighbours)) if (kinds[j] !== kinds[i]) crossing++;
  }
  return crossing / (sample.length * neighbours);
}
