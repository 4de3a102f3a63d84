/** What `npm run render` says of a notebook at work. */
import {expect, it} from "vitest";
import {createWorkWords} from "../../src/cli/render-progress.ts";

it("names the cell, and the step of the run that moves", () => {
  let timeMs = 0;
  const words = createWorkWords({now: () => timeMs});
  const cells = [{cell: 12, name: "model"}];
  expect(words({cells: [{cell: 2}], runs: []})).toBe("cell 2");
  expect(words({cells, runs: [{id: "run-1", step: 0, steps: 100}]})).toBe("cell 12 (model)");
  expect(words({cells, runs: [{id: "run-1", step: 10, steps: 100}]})).toBe("cell 12 (model), step 10 of 100");
  timeMs = 2000;
  expect(words({cells, runs: [{id: "run-1", step: 20, steps: 100}, {id: "run-2", step: 0, steps: 50}]})).toBe("cell 12 (model), step 20 of 100, about 16 s left");
  // The next network: its pace is its own.
  timeMs = 20_000;
  expect(words({cells, runs: [{id: "run-1", step: 100, steps: 100}, {id: "run-2", step: 0, steps: 50}]})).toBe("cell 12 (model)");
  expect(words({cells, runs: [{id: "run-1", step: 100, steps: 100}, {id: "run-2", step: 5, steps: 50}]})).toBe("cell 12 (model), step 5 of 50");
  expect(words({cells: [], runs: []})).toBe("cells wait for each other");
});
