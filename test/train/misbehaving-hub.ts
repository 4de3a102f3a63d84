/** What tests of pretrained models share: kernels in Node, a hub that may misbehave, and a store that is empty before each test. */
import {afterAll, beforeAll, beforeEach} from "vitest";
import {installNodeKernels} from "../../src/cli/node-kernels.ts";
import {compileKernels} from "../../src/kernels/compile.mjs";
import {chooseNodeBackend} from "../../src/tensor/node.ts";
import {memoryLimits} from "../../src/train/pretrained/memory.ts";
import {memoryStore} from "../../src/train/pretrained/model-store.ts";
import type {ModelStore} from "../../src/train/pretrained/model-store.ts";
import {keepModel} from "../../src/train/pretrained/open-model.ts";
import type {Progress} from "../../src/train/protocol.ts";
import type {Hub} from "./hub.ts";
import {publishedHub} from "./published.ts";

export let hub: Hub;
export let store: ModelStore;
/** The progress that `keep` told in this test. */
export let heard: Progress[];
export const limits = memoryLimits("cpu");

/** To be called once, at the top of a test file. */
export function useHub(): void {
  beforeAll(async () => {
    await compileKernels();
    await chooseNodeBackend("wasm");
    await installNodeKernels();
    hub = await publishedHub();
  });
  afterAll(() => hub.close());
  beforeEach(() => {
    store = memoryStore();
    heard = [];
    hub.faults = {};
    hub.ranges = [];
  });
}

/** Keeps a model of the hub in the store. */
export const keep = (name: string, more: Partial<Parameters<typeof keepModel>[1]> = {}) => keepModel(name, {hub: hub.url, baseUrl: `${hub.url}/`, store, limits, onProgress: (progress) => heard.push(progress), wait: async () => {}, ...more});
