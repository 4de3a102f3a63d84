/** Every widget, by name. */
export {cosineMeaning} from "./cosine-meaning.ts";
export {honestMap} from "./honest-map.ts";
export {jointMap} from "./joint-map.ts";
export {lossCurve} from "./loss-curve.ts";
export {lossMicroscope} from "./loss-microscope.ts";
export {recallSentence} from "./recall-sentence.ts";
export {runControls} from "./run-controls.ts";
export {similarityMatrix} from "./similarity-matrix.ts";
export {temperatureMicroscope} from "./temperature-microscope.ts";
export {temperatureSlider} from "./temperature-slider.ts";
export {sampleFrame, samplePairs} from "./sample.ts";
export {trainingFilm} from "./training-film.ts";
export {createSelection, sharedSelection} from "./shared/selection.ts";
