/** Checks CoCa against a reference file: outputs, both losses and every gradient. */
import {cocaConfigFromJson, cocaSpecs, createCoca} from "../clip/coca.ts";
import {checkShapes} from "../clip/weights.ts";
import {disposeGradients, valueAndGradients} from "../tensor/gradients.ts";
import {seededRandom} from "../tensor/random.ts";
import type {SafetensorsFile} from "../tensor/safetensors.ts";
import * as tf from "../tensor/tf.ts";
import {checkGradients, inputsOf, jsonOf, parameterShapes, section} from "./reference-clip.ts";
import type {Report} from "./reference-report.ts";

export async function checkCoca(file: SafetensorsFile, path: string, report: Report): Promise<void> {
  const config = cocaConfigFromJson(jsonOf(file, "config", path));
  const weight = /caption x([\d.]+)/.exec(file.metadata["loss"] ?? "");
  if (weight) config.captionWeight = Number(weight[1]);
  checkShapes(cocaSpecs(config), parameterShapes(file), "openai", {name: path});
  const before = tf.memory().numTensors;
  const coca = createCoca(config, {random: seededRandom(0), values: await section(file, "param/")});
  const {images, tokens} = await inputsOf(file);
  const ours = tf.tidy((): Record<string, tf.Tensor> => {
    const output = coca.forward(images, tokens);
    const {contrastive, caption, total} = coca.losses(output, tokens);
    return {
      "out/image_features": output.I_e,
      "out/text_features": output.T_e,
      "out/logits": output.logits,
      "out/logit_scale": coca.parameters.get("logit_scale").exp(),
      "loss/contrastive": contrastive,
      "loss/caption": caption,
      "loss/total": total
    };
  });
  for (const [name, tensor] of Object.entries(ours)) {
    if (file.entries.has(name)) report.quantity(name, await tensor.data(), await file.values(name));
    tensor.dispose();
  }
  const {value, gradients} = valueAndGradients(() => coca.losses(coca.forward(images, tokens), tokens).total, coca.parameters);
  await checkGradients(gradients, file, report);
  disposeGradients(gradients);
  tf.dispose([value, images, tokens]);
  coca.dispose();
  const left = tf.memory().numTensors - before;
  report.line(left === 0, "tensors left behind", String(left));
}
