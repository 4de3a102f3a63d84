/** What a run is made of, for those who give it one: a learner, and a plan. Types alone. */
import type {CheckpointOptions} from "./checkpoint.ts";
import type {Course} from "./course.ts";
import type {AttentionAnswer, AttentionQuestion, EmbeddedPairs, HeldOutRecall, WriteRequest, WrittenText} from "./protocol.ts";

/** What a run drives: something that can take one step and embed pairs. */
export interface Learner {
  /** One optimizer step on the next batch. Not finite: the step was not applied, and `blame` names the parameter. */
  learn(learningRate: number): Promise<{loss: number; gradientNorm: number; blame?: string}>;
  /** How many steps `learnSeveral` may take at once; 1 or absent where there is only `learn`. */
  readonly stepsAtOnce?: number;
  /** A step for each rate, read back together. Where one is not finite it is the last: neither it nor those after it were applied. */
  learnSeveral?(learningRates: readonly number[]): Promise<{loss: number; gradientNorm: number; logitScaleLog: number}[]>;
  readonly logitScaleLog: number;
  setLogitScaleLog(t: number): void;
  /** Embeds the fixed watched pairs. */
  embedWatched(step: number): Promise<EmbeddedPairs>;
  /** Embeds the watched pairs and more, for the map. */
  embedMap(step: number): Promise<EmbeddedPairs>;
  /** Recall on the held-out gallery; may reuse the watched embeddings. */
  measureRecall(step: number, watched: EmbeddedPairs): Promise<HeldOutRecall>;
  embed(what: {texts?: string[]; rows?: number[]; pixels?: Uint8Array}): Promise<{texts?: Float32Array; images?: Float32Array; width: number}>;
  /** Attention of every block and head, of a picture and a sentence. */
  attention(what: AttentionQuestion): Promise<AttentionAnswer>;
  /** Captions for pictures; absent, or an error, where the model cannot write. */
  write?(what: WriteRequest): Promise<WrittenText[]>;
  parameters(): Promise<Record<string, {shape: number[]; data: Float32Array}>>;
  /** A whole checkpoint: everything of the learner's own, and how far the run has come. */
  save(course: Course, options?: CheckpointOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** Goes on from a checkpoint, and gives back how far that run had come. */
  restore(bytes: Uint8Array): Promise<Course>;
  /** After a failure: where the graphics device was lost, makes everything anew on another and says so in a sentence; undefined where it was not. */
  revive?(): Promise<string | undefined>;
  /** Back to the first weights, order and random state. */
  reset(): void;
  dispose(): void;
}

export interface RunPlan {
  steps: number;
  batchSize: number;
  learningRate: number;
  /** Earlier states kept; 0 for none. */
  keep: number;
  /** The learning rate of a step, from 0, given the peak rate and the number of steps. */
  schedule(step: number, peak: number, steps: number): number;
  /** Symmetric loss of embedded pairs at t, both halves. */
  halves(pairs: EmbeddedPairs, logitScaleLog: number): {lossImage: number; lossText: number};
  /** Milliseconds; injected so that tests need no clock. */
  now?: () => number;
}
