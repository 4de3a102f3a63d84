/** The module that cells import as "diagonal/widgets": the widgets, wired to our own loss, layouts and measures. */
import {lossSteps} from "../../src/clip/loss-steps.ts";
// @ts-expect-error -- the file's text, which the bundler puts here, not what it exports
import source from "../../src/clip/loss-steps.ts" with {type: "text"};
import {judgeMap} from "../../src/explore/judge.ts";
import {layout as layOut} from "../../src/explore/layout.ts";
import {alignment, modalityGap, uniformity} from "../../src/explore/measures.ts";
import {frame} from "./frame-globals.ts";
import type {mathml as Mathml} from "./mathml.ts";
import type {HonestMap, HonestMapOptions} from "../../widgets/honest-map.ts";
import {honestMap as mapOf} from "../../widgets/honest-map.ts";
import type {LossMicroscope, LossMicroscopeOptions} from "../../widgets/loss-microscope.ts";
import {lossMicroscope as microscope} from "../../widgets/loss-microscope.ts";
import type {SideBySide, SideBySideOptions} from "../../widgets/side-by-side.ts";
import {sideBySide as beside} from "../../widgets/side-by-side.ts";
import type {FilmFrame, TrainingFilm, TrainingFilmOptions} from "../../widgets/training-film.ts";
import {trainingFilm as film} from "../../widgets/training-film.ts";

export * from "../../widgets/index.ts";
export {lossSteps};

/** The text of the file that `lossSteps` is in: what runs is what is shown. */
export const lossSource: string = source;

/** The loss microscope on our own lines of source. */
export function lossMicroscope(options: Partial<LossMicroscopeOptions> = {}): LossMicroscope {
  return microscope({steps: lossSteps, source: lossSource, formula, ...options});
}

/** Formulas are large to load: a notebook without one does without. One that is shown before its letters are here changes its size when they come. */
const formula = async (tex: string): Promise<Element> => {
  const [module] = await Promise.all([frame().load("mathml"), frame().letters.need("Formulas")]);
  return (module as unknown as {mathml: typeof Mathml}).mathml(tex);
};

/** The training film with the gap, the alignment and the uniformity of the watched pairs. */
export function trainingFilm(options: TrainingFilmOptions = {}): TrainingFilm {
  return film({measures, ...options});
}

function measures({watched: {imageEmbeddings, captionEmbeddings, width}}: FilmFrame): Record<string, number> {
  if (imageEmbeddings.length < 2 * width) return {};
  // A run that has diverged has no figures, and its film goes on.
  if (![imageEmbeddings, captionEmbeddings].every((rows) => rows.every(Number.isFinite))) return {gap: NaN, alignment: NaN, uniformity: NaN};
  return {gap: modalityGap(imageEmbeddings, captionEmbeddings, width), alignment: alignment(imageEmbeddings, captionEmbeddings, width), uniformity: uniformity(imageEmbeddings, width)};
}

/** The honest map on our own projections and measures: in the layout worker where there is one, else here. */
export function honestMap(options: Partial<HonestMapOptions> = {}): HonestMap {
  return mapOf({layout, judge, ...options});
}

/** Two sets of embeddings side by side, their maps on our own projections. */
export function sideBySide(options: Partial<SideBySideOptions> = {}): SideBySide {
  return beside({layout, ...options});
}

const layout: HonestMapOptions["layout"] = (request) => {
  const client = (frame() as ReturnType<typeof frame> | undefined)?.client;
  return client ? client.call("layout.settle", request) : layOut(request);
};

const judge: HonestMapOptions["judge"] = (request) => {
  const client = (frame() as ReturnType<typeof frame> | undefined)?.client;
  return client ? client.call("layout.judge", request) : judgeMap(request);
};
