/** The one sweep of everything that this site keeps: what pages that died left half-written is cleared away and named. */
import {setShelf} from "../../src/data/storage.ts";
import {openShelf} from "../../src/storage/open-shelf.ts";
import {sentenceOf} from "../../src/storage/sweep.ts";
import {featureShelf} from "../../src/train/feature-store.ts";
import {modelShelf} from "../../src/train/pretrained/model-store.ts";
import {runShelf} from "../../src/train/run-store.ts";

/** What was removed is gone when it is found, and told as long as this page or worker lives. */
const removed = new Set<string>();

/** Sentences for the reader: what is removed, what is here only in part, what is damaged. Of features, which are computed anew, nothing is said. */
export async function sweepAll(): Promise<string[]> {
  const now: string[] = [];
  for (const options of [setShelf, modelShelf, runShelf, featureShelf]) {
    for (const leftover of await (await openShelf(options)).sweep()) {
      if (options === featureShelf) continue;
      if (leftover.state === "removed") removed.add(sentenceOf(leftover));
      else now.push(sentenceOf(leftover));
    }
  }
  return [...removed, ...now];
}
