/** The widgets that the first lesson shows, as a module of their own: host.ts names them. From their own files, for the bundler keeps together what index.ts names. */
export {exportRun} from "../../widgets/export-run.ts";
export {jointMap} from "../../widgets/joint-map.ts";
export {lossCurve} from "../../widgets/loss-curve.ts";
export {recallSentence} from "../../widgets/recall-sentence.ts";
export {runControls} from "../../widgets/run-controls.ts";
export {similarityMatrix} from "../../widgets/similarity-matrix.ts";
export {temperatureSlider} from "../../widgets/temperature-slider.ts";
