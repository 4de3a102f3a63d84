/** What the lesson on robustness takes from outside, made of postcards: a folder with a folder of pictures for each class, and a layers model that sees next to nothing. */
import {mkdir, mkdtemp, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import sharp from "sharp";
import * as tf from "@tensorflow/tfjs";
import {postcards} from "../../src/data/index.ts";

/** CIFAR-10's names, and what postcards call the same. */
const classes = {automobile: "car", bird: "bird", dog: "dog"};

/** `labelled/` with `each` pictures of a class in train/ and in test/, and `tower/` with a model.json. Resolves with their folder, which is the caller's to remove. */
export async function labelledCards({each}: {each: number}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "diagonal-"));
  const {pixels, factors, sizePx} = postcards({count: 500, seed: 5});
  const bytes = sizePx * sizePx * 3;
  for (const [name, subject] of Object.entries(classes)) {
    const rows = factors.subject.flatMap((own, row) => (own === subject ? [row] : []));
    for (const [n, row] of rows.slice(0, 2 * each).entries()) {
      const path = join(folder, "labelled", n < each ? "train" : "test", name);
      await mkdir(path, {recursive: true});
      await sharp(pixels.subarray(row * bytes, (row + 1) * bytes), {raw: {width: sizePx, height: sizePx, channels: 3}}).png().toFile(join(path, `${n}.png`));
    }
  }
  await writeTower(join(folder, "tower"));
  return folder;
}

async function writeTower(folder: string) {
  const start = () => tf.initializers.randomNormal({stddev: 0.3, seed: 1});
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({inputShape: [32, 32, 3], filters: 8, kernelSize: 4, strides: 4, activation: "relu", kernelInitializer: start()}),
      tf.layers.globalAveragePooling2d({})
    ]
  });
  await mkdir(folder, {recursive: true});
  await model.save({
    async save({modelTopology, weightSpecs, weightData}) {
      const bytes = Buffer.from(weightData as ArrayBuffer);
      await writeFile(join(folder, "weights.bin"), bytes);
      await writeFile(join(folder, "model.json"), JSON.stringify({modelTopology, weightsManifest: [{paths: ["weights.bin"], weights: weightSpecs}]}));
      return {modelArtifactsInfo: {dateSaved: new Date(0), modelTopologyType: "JSON"}};
    }
  });
  model.dispose();
}
