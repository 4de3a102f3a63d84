/** The data part's door, for code that runs anywhere. What needs Node, or brings a library along, is imported from
 * its own file: node/, embeddings.ts, labels.ts, import.ts. */
export type {PairSet, Problem, Split} from "./pairs.ts";
export {heldOutGallery, indicesOfSplit, limitPairs, shuffleTrainCaptions} from "./select.ts";
export type {Gallery} from "./select.ts";
export {createBatches, falseNegativesPerBatch, gatherPixels} from "./batches.ts";
export type {Batch, Batches, BatchesState, BatchOptions} from "./batches.ts";
export {captionsOf, colours, drawCard, postcardFactors, postcards} from "./postcards/index.ts";
export type {Card, PostcardOptions, Style} from "./postcards/index.ts";
export {openPairs, streamPairs} from "./open.ts";
export type {OpenOptions} from "./open.ts";
export {openShards, readIndex, streamShards} from "./shards.ts";
export type {DatasetIndex, ShardOptions, StreamedPair} from "./shards.ts";
export {openStored, streamStored} from "./storage.ts";
export type {StoredSummary} from "./kept-set.ts";
export {clipMean, clipStd, normalize, resizeAndCrop} from "./preprocess.ts";
export type {RgbImage} from "./preprocess.ts";
export {augment, checkAugment} from "./augment.ts";
export type {AugmentOptions} from "./augment.ts";
