/** What a notebook is doing while it is rendered, in words. */
import {counted, createEstimate, type Estimate} from "./progress.ts";

/** As the page tells it: cells that compute, and how far each run has come. */
export interface Work {
  cells: {cell: number; name?: string}[];
  runs: {id: string; step: number; steps: number}[];
}

/** "cell 12 (model), step 120 of 400, about 40 s left". A run counts once it is seen to move, and as long as no other does. */
export function createWorkWords({now = Date.now}: {now?(): number} = {}): (work: Work) => string {
  const steps = new Map<string, number>();
  let moving: {id: string; estimate: Estimate} | undefined;
  return ({cells, runs}) => {
    for (const {id, step} of runs) {
      const before = steps.get(id);
      steps.set(id, step);
      if (before !== undefined && before !== step && moving?.id !== id) moving = {id, estimate: createEstimate({now})};
    }
    const run = runs.find(({id, step, steps}) => id === moving?.id && step < steps);
    const where = cells.map(({cell, name}) => `cell ${cell}${name ? ` (${name})` : ""}`).join(", ");
    const how = run && counted("step", run.step, run.steps, moving!.estimate);
    return [where, how].filter(Boolean).join(", ") || "cells wait for each other";
  };
}
