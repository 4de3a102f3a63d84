/** Trains a run that comes with the site, in Node, and tells how far it is. Writes no file. */
import {postcards} from "../data/postcards/index.ts";
import type {BackendChoice} from "../train/protocol.ts";
import {createRun} from "../train/create-run.ts";
import {filmEverySteps} from "../train/shipped.ts";
import type {FilmFrame} from "../train/film.ts";
import type {ShippedRun} from "../train/shipped.ts";
import {counted, createEstimate, createProgress} from "./progress.ts";

/** Resolves with the finished run, which is the caller's to dispose, its pairs, and what was seen on the way; nothing in them depends on the time. */
export async function trainShipped({model, textTower, learningRate, hardNegatives, batchSize, steps, seed, limit}: Omit<ShippedRun, "address" | "source" | "film">, choice: BackendChoice) {
  const pairs = postcards({count: limit, seed, sizePx: 32});
  const {run} = await createRun({pairs: "", model, textTower, learningRate, hardNegatives, batchSize, steps, seed, keep: 0}, {
    id: "run-1",
    opened: {pairs},
    choice,
    library: {},
    read: () => Promise.reject(new Error("a new run reads no checkpoint")),
    now: () => 0
  });
  const [progress, estimate] = [createProgress(), createEstimate()];
  const frames: FilmFrame[] = [await run.snapshot()];
  while (frames.at(-1)!.step < steps) {
    frames.push(await run.step(Math.min(filmEverySteps, steps - frames.at(-1)!.step)));
    const {step, loss} = frames.at(-1)!;
    progress.show("Training", `${counted("step", step, steps, estimate)}, loss ${loss.toFixed(4)}`);
  }
  progress.end();
  return {run, pairs, frames};
}
