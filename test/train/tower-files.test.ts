/** A locked tower's files, held against each other before TensorFlow.js makes what they ask for. */
import {expect, test} from "vitest";
import {faultsOf} from "../../src/cli/attack/sentence.ts";
import {towerFiles} from "../../src/train/tower-files.ts";

const conv = (filters: unknown, kernel: unknown = [1, 1]) => ({class_name: "Conv2D", config: {name: "conv", filters, kernel_size: kernel, strides: [1, 1], padding: "same"}});
const input = {class_name: "InputLayer", config: {name: "input", batch_input_shape: [null, 8, 8, 3]}};
const topology = (...layers: unknown[]) => ({model_config: {class_name: "Functional", config: {name: "m", layers: [input, ...layers]}}});
const manifest = (shape: unknown = [1, 1, 3, 4], more: object = {}) => [{paths: ["a.bin"], weights: [{name: "conv/kernel", shape, dtype: "float32", ...more}]}];
const whole = {modelTopology: topology(conv(4)), weightsManifest: manifest()};

/** Reads a model.json, as text or as what it says, with so many bytes in its shard. */
function read(model: unknown, shardBytes = 48) {
  const get = async (url: string | URL | Request) => (String(url).endsWith("model.json") ? new Response(typeof model === "string" ? model : JSON.stringify(model)) : String(url).endsWith("a.bin") ? new Response(new Uint8Array(shardBytes)) : new Response("", {status: 404}));
  return towerFiles("http://site/data/tower/model.json", "data/tower", get);
}

test("a whole tower is handed on with its weights", async () => {
  const {weightData, weightSpecs} = await read(whole);
  expect((weightData as ArrayBuffer).byteLength).toBe(48);
  expect(weightSpecs).toMatchObject([{name: "conv/kernel", shape: [1, 1, 3, 4]}]);
});

test.each<[string, unknown, RegExp, number?]>([
  ["no JSON", "{", /is no JSON: it ends in the middle/],
  ["null", "null", /expected a JSON object/],
  ["nothing in it", {}, /expected modelTopology and weightsManifest/],
  ["a group of text", {...whole, weightsManifest: ["x"]}, /a group of its weights is "x"/],
  ["a shard elsewhere", {...whole, weightsManifest: [{...manifest()[0], paths: ["../../secret.bin"]}]}, /a shard of it is called "\.\.\/\.\.\/secret\.bin"/],
  ["a shard on another server", {...whole, weightsManifest: [{...manifest()[0], paths: ["http://x/a.bin"]}]}, /a shard of it is called/],
  ["a shard that is not there", {...whole, weightsManifest: [{...manifest()[0], paths: ["b.bin"]}]}, /data\/tower, b\.bin could not be read \(404\)/],
  ["a negative shape", {...whole, weightsManifest: manifest([-1, 4])}, /of the shape \[-1, 4\]/],
  ["an enormous shape", {...whole, weightsManifest: manifest([1e6, 1e6])}, /weights, more than the 268,435,456/],
  ["a strange type", {...whole, weightsManifest: manifest([1], {dtype: "constructor"})}, /the type "constructor"/],
  ["a shard cut off", whole, /its shards have 40 bytes; expected the 48/, 40],
  ["a layer that is not known", {...whole, modelTopology: topology({class_name: "LSTM", config: {name: "l", units: 4}})}, /a layer of the kind "LSTM"/],
  ["enormous filters", {...whole, modelTopology: topology(conv(1e9))}, /filters of a Conv2D is 1000000000; expected a whole number from 1 to 65536/],
  ["enormous kernels", {...whole, modelTopology: topology(conv(4, [1e6, 1e6]))}, /kernel_size of a Conv2D is 1000000/],
  ["filters of text and lists", {...whole, modelTopology: topology(conv([{}]))}, /filters of a Conv2D is an object/],
  ["layers of no weights", {...whole, modelTopology: topology(...Array.from({length: 50}, () => conv(60_000)))}, /its layers may ask for [\d,]+ weights, and its manifest has 12/],
  ["layers without end", {...whole, modelTopology: topology(...Array.from({length: 3000}, () => conv(4)))}, /more than the 2,000 of a locked tower/]
])("%s is refused before anything is made", async (_, model, message, shardBytes) => {
  const sentence = await read(model, shardBytes).then(() => "read", (error: Error) => error.message);
  expect(sentence).toMatch(message);
  expect(faultsOf(sentence, ["data/tower"])).toEqual([]);
});
