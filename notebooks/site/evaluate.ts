/**
 * What a cell gets from `import {...} from "diagonal/evaluate"`: the measures of src/evaluate and src/explore on plain
 * arrays, and the drawer of postcards, for pictures that no run has seen. Nothing here knows a model; all of it runs in the cell, save what is named InWorker.
 */
export {postcards} from "../../src/data/postcards/index.ts";
export {classify, softmaxRows} from "../../src/evaluate/classification.ts";
export {corrupt, corruptionKinds} from "../../src/evaluate/corruptions.ts";
export {fewShot} from "../../src/evaluate/few-shot.ts";
export {fitLinearProbe, logGrid, probeScores, sweepC} from "../../src/evaluate/linear-probe.ts";
export {namedClasses} from "../../src/evaluate/named-classes.ts";
export {classicTemplates, promptsOf, readTemplates} from "../../src/evaluate/prompts.ts";
export {pairedRecall, recall, recallOfSimilarities} from "../../src/evaluate/retrieval.ts";
export {effectiveRobustness, logitFit} from "../../src/evaluate/robustness.ts";
export {createSearchIndex} from "../../src/evaluate/search.ts";
export {bootstrap, chiSquared, countByGroup, meanInterval} from "../../src/evaluate/statistics.ts";
export {zeroShotScores, zeroShotWeights} from "../../src/evaluate/zero-shot.ts";
export {alignment, hubness, modalityGap, uniformity} from "../../src/explore/measures.ts";
export {nearestNeighbours} from "../../src/explore/neighbours.ts";
export {effectiveRank} from "../../src/explore/pca.ts";
export {trustworthiness} from "../../src/explore/trustworthiness.ts";
export {corruptInWorker, fewShotInWorker, sweepInWorker} from "./in-worker.ts";
export {seededRandom} from "../../src/tensor/random.ts";
