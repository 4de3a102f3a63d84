/** The data part's door, for code that runs anywhere. What needs Node is imported from its own file: see prepare/. */
export type {PairSet, Problem, Split} from "./pairs.ts";
export {heldOutGallery, indicesOfSplit, limitPairs, shuffleTrainCaptions} from "./select.ts";
export type {Gallery} from "./select.ts";
export {createBatches, gatherPixels} from "./batches.ts";
export type {Batch, Batches, BatchesState, BatchOptions} from "./batches.ts";
export {captionsOf, colours, drawCard, postcardFactors, postcards} from "./postcards/index.ts";
export type {Card, PostcardOptions, Style} from "./postcards/index.ts";
