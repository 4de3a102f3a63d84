/** Runs kept by name: listed with what their files say, opened by another, deleted. */
import "@tensorflow/tfjs-backend-cpu";
import {beforeAll, expect, test} from "vitest";
import * as tf from "../../src/tensor/tf.ts";
import {memoryShelf} from "../../src/storage/open-shelf.ts";
import {createRunStore, runShelf} from "../../src/train/run-store.ts";
import {tinyRun} from "./tiny-run.ts";

beforeAll(() => tf.setBackend("cpu"));

test("a kept run is listed with its size, steps and loss, opened by name, replaced and deleted", async () => {
  const store = createRunStore(memoryShelf(runShelf));
  const {run} = await tinyRun();
  const {loss} = await run.step(2);
  const bytes = await run.checkpoint();
  expect(await store.keep("monday, first try", bytes)).toEqual({name: "monday, first try", bytes: bytes.length, model: "vit-tiny", step: 2, steps: 6, loss, keptIn: "memory"});
  await expect(store.keep("no run", new Uint8Array(20))).rejects.toThrow("no run: its header is no JSON");
  await run.step(1);
  await store.keep("a", await run.checkpoint({optimizer: false}));
  expect((await store.list()).map(({name, step}) => [name, step])).toEqual([["a", 3], ["monday, first try", 2]]);

  const {run: again, info} = await tinyRun({from: await store.open("monday, first try")});
  expect(info.step).toBe(2);
  expect((await again.step(1)).lossHistory).toEqual((await run.snapshot()).lossHistory);
  for (const each of [run, again]) await each.dispose();

  await store.delete("a");
  await expect(store.open("a")).rejects.toThrow('no run called "a" is kept in this browser; there are "monday, first try"');
  await expect(store.keep("", bytes)).rejects.toThrow("1 to 80 characters");
});
