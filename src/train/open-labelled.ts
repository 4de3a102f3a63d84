/** Opens labelled pictures as a set of pairs, with a locked tower's features if asked: what open-pairs.ts is for captions. Loaded when first needed. */
import {decodeInBrowser} from "../data/decode.ts";
import {labelledFiles, pairsOfLabelled, streamLabelled} from "../data/labelled-pairs.ts";
import {findLabelled, openLabelled} from "../data/labels.ts";
import type {Problem} from "../data/pairs.ts";
import type {OpenContext, OpenedPairs} from "./open-pairs.ts";
import {lockedFeatures, siteAddress} from "./open-pairs.ts";
import {progressQueue} from "./progress-queue.ts";
import type {PairsSpec, Progress} from "./protocol.ts";

/**
 * Yields progress, and last the opened set.
 * @throws Error naming the source where nothing readable is there; RangeError for an option out of range.
 */
export async function* openLabelledSet({source, sizePx, imageTower, labelled}: PairsSpec, {signal, baseUrl = siteAddress(), ready}: OpenContext = {}): AsyncGenerator<Progress | OpenedPairs> {
  const {files: dropped, perClass = Infinity} = labelled!;
  if (!(perClass >= 1)) throw new RangeError(`perClass is a whole number of at least 1; it was given ${perClass}`);
  const progress = progressQueue();
  const files = await labelledFiles(source, {files: dropped, baseUrl, signal});
  const options = {decode: decodeInBrowser, perClass};
  const opening = openLabelled(files, {...options, sizePx, onProgress: (done, total) => progress.put("Reading pictures", done, total)}).finally(progress.end);
  yield* progress.drain();
  const pairs = pairsOfLabelled(await opening);
  const opened: OpenedPairs = {pairs};
  if (imageTower) {
    await ready?.();
    const computing = progressQueue();
    const problems: Problem[] = [];
    const found = await findLabelled(files);
    const bytes = files.entries.reduce((sum, {size}) => sum + size, 0); // other pictures under the same names have other features
    const features = lockedFeatures(pairs, {source: `${source} by class, ${bytes} bytes`, stream: () => streamLabelled(found, options), baseUrl, imageTower, signal, onProgress: computing.put, onProblem: (problem) => problems.push(problem)}).finally(computing.end);
    yield* computing.drain();
    opened.features = await features;
    opened.pairs = {...pairs, problems: [...pairs.problems, ...problems]};
  }
  yield opened;
}
