/** A run's film: what the watched pairs looked like at some of its steps, as number series that its checkpoint carries. Makes no pictures. */
import type {Gallery} from "../data/select.ts";
import type {Course} from "./course.ts";
import type {Snapshot} from "./protocol.ts";

/** What of a snapshot a film keeps. */
export type FilmFrame = Pick<Snapshot, "step" | "steps" | "state" | "loss" | "lossHistory" | "logitScaleLog" | "watched" | "heldOut">;

/** The frames as series, by the names under which a checkpoint keeps them: embeddings, steps, recalls and the log scales. */
export function filmSeries(frames: readonly FilmFrame[]): Record<string, Float32Array> {
  return {
    "film/steps": Float32Array.from(frames, ({step}) => step),
    "film/scales": Float32Array.from(frames, ({logitScaleLog}) => logitScaleLog),
    "film/recalls": Float32Array.from(frames.flatMap(({heldOut}) => (heldOut ? [heldOut.imageToText[1], heldOut.imageToText[5], heldOut.textToImage[1], heldOut.textToImage[5]] : [NaN, NaN, NaN, NaN]))),
    "film/images": Float32Array.from(frames.flatMap(({watched}) => [...watched.imageEmbeddings])),
    "film/captions": Float32Array.from(frames.flatMap(({watched}) => [...watched.captionEmbeddings]))
  };
}

/** The frames that a checkpoint's series hold; none where they are of other pairs than the run's own watched ones. */
export function readFilm(series: Record<string, Float32Array>, {indices, captionIndices}: Gallery, width: number, {steps, losses}: Pick<Course, "steps" | "losses">): FilmFrame[] {
  const [at, scales, recalls, images, captions] = ["steps", "scales", "recalls", "images", "captions"].map((name) => series[`film/${name}`] ?? new Float32Array(0));
  const size = indices.length * width;
  const fits = images.length === at.length * size && captions.length === images.length && scales.length === at.length && recalls.length === 4 * at.length;
  if (!fits) return [];
  return Array.from(at, (step, k): FilmFrame => {
    const [i1, i5, t1, t5] = recalls.subarray(4 * k, 4 * k + 4);
    return {
      step,
      steps,
      state: step >= steps ? "finished" : "paused",
      loss: step > 0 ? losses[step - 1] : NaN,
      lossHistory: Float32Array.from(losses.slice(0, step)),
      logitScaleLog: scales[k],
      watched: {step, indices, captionIndices, width, imageEmbeddings: images.slice(k * size, (k + 1) * size), captionEmbeddings: captions.slice(k * size, (k + 1) * size)},
      heldOut: Number.isFinite(i1) ? {step, imageToText: {1: i1, 5: i5}, textToImage: {1: t1, 5: t5}, gallery: indices.length, captions: indices.length} : null
    };
  });
}
