/** CLIP: configurations, model, tokenizers, losses. OpenAI's tokenizer is left out: it brings its vocabulary; see openai-tokenizer.ts. */
export {clipSpecs, createClip, figure3, parameterCount, startingLogitScaleLog, type Clip, type ClipOptions, type Figure3} from "./clip.ts";
export {checkConfig, configFromJson, configToOpenClip, featureWidth, type ClipConfig, type ImageConfig, type TextConfig} from "./config.ts";
export {dot, residualHead, type Head, type Mode, type Projection} from "./heads.ts";
export {crossEntropy, logSoftmax, multiPositiveLoss, shardedContrastiveLoss, sigmoidLoss, similarityLogits, similarityWeightedLoss, softCrossEntropy, stopGradient, type Choice} from "./losses.ts";
export {preset, presetNames} from "./presets.ts";
export {disposeStages, stages, stagesFromEmbeddings, type Stages} from "./stages.ts";
export {createTokenizer, type Piece, type TokenBatch, type Tokenizer, type TokenizerSpec} from "./tokenizer.ts";
export {trainTokenizer} from "./train-tokenizer.ts";
