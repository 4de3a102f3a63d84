/** The worker that fits probes and spoils pictures, so that a page stays free meanwhile. Only plain arrays come in and go out; it starts when it is first asked. */
import {classify} from "../../src/evaluate/classification.ts";
import {corrupt, type CorruptionInput} from "../../src/evaluate/corruptions.ts";
import {fewShot} from "../../src/evaluate/few-shot.ts";
import {fitLinearProbe, probeScores} from "../../src/evaluate/linear-probe.ts";
import {serveWorker, Transfer} from "../../src/rpc/port.ts";
import type {FewShotDone, FewShotRequest, SweepDone, SweepRequest} from "./in-worker.ts";

/** A turn of the event loop, in which an abort can arrive. */
const breathe = () => new Promise<void>((resolve) => setTimeout(resolve));

serveWorker({
  /** One answer a fit: for each k, line by line, seed by seed. */
  async *"probe.fewShot"({lines, classes, labels, ks, seeds, average}: FewShotRequest, signal: AbortSignal): AsyncGenerator<FewShotDone> {
    for (const k of ks) {
      for (const [line, {train, test, start, C}] of lines.entries()) {
        for (const seed of seeds) {
          await breathe();
          if (signal.aborted) return;
          const [{accuracies}] = fewShot({train, test, classes, labels, ks: [k], seeds: [seed], C, start, average});
          yield {line, k, seed, accuracy: accuracies[0]};
        }
      }
    }
  },
  "measure.corrupt"(request: CorruptionInput) {
    const pixels = corrupt(request);
    return new Transfer(pixels, [pixels.buffer]);
  },
  /** One answer a value of C. */
  async *"probe.sweep"({sets, train, classes, labels, values, rounds}: SweepRequest, signal: AbortSignal): AsyncGenerator<SweepDone> {
    for (const C of values) {
      await breathe();
      if (signal.aborted) return;
      const probe = fitLinearProbe({...train, classes, labels, C, rounds});
      const accuracy = Object.fromEntries(Object.entries(sets).map(([name, {features, truth}]) => [name, classify({scores: probeScores(probe, features), classes, truth}).top1]));
      yield {C, accuracy, rounds: probe.rounds, converged: probe.converged};
    }
  }
});
