/** CoCa with CLIP's face, so that a run drives it like any other: the same embeddings, a loss of two parts, and captions for pictures. */
import type {Clip} from "../clip/clip.ts";
import {createCoca} from "../clip/coca.ts";
import type {CocaConfig} from "../clip/coca.ts";
import {l2Normalize} from "../kernels/index.ts";
import type {Random} from "../tensor/random.ts";
import * as tf from "../tensor/tf.ts";

/** The model, with parameters of its own, which `dispose` frees. It has no figure 3: that is CLIP's. */
export function createCocaModel(config: CocaConfig, options: {random: Random; values?: ReadonlyMap<string, Float32Array>}): Clip {
  const coca = createCoca(config, options);
  const encodeImage = (images: tf.Tensor) => coca.encodeImage(images as tf.Tensor4D).pooled;
  const trainingLoss = (images: tf.Tensor, tokens: tf.Tensor2D) => coca.losses(coca.forward(images as tf.Tensor4D, tokens), tokens).total;
  return {
    config,
    parameters: coca.parameters,
    encodeImage,
    encodeText: coca.encodeText,
    embed: (images, tokens) => ({I_e: l2Normalize(encodeImage(images)) as tf.Tensor2D, T_e: l2Normalize(coca.encodeText(tokens)) as tf.Tensor2D}),
    loss: trainingLoss,
    trainingLoss,
    startCaptions(images) {
      const seen = tf.tidy(() => coca.encodeImage(images as tf.Tensor4D).rest); // [n, queries - 1, embedDim]
      const {vocabularySize} = config.decoder;
      return {
        async next(drafts) {
          const log = tf.tidy(() => {
            const rest = tf.gather(seen, tf.tensor1d(drafts.map(({image}) => image), "int32"));
            return coca.nextToken(rest, tf.tensor2d(drafts.flatMap(({ids}) => [...ids]), [drafts.length, drafts[0].ids.length], "int32")); // [drafts, vocabularySize]
          });
          const values = (await log.data()) as Float32Array;
          log.dispose();
          return drafts.map((_, i) => values.subarray(i * vocabularySize, (i + 1) * vocabularySize));
        },
        dispose: () => seen.dispose()
      };
    },
    figure3() {
      throw new Error("figure 3 is CLIP's; CoCa's towers are read out by an attentional pooler and a class token");
    },
    dispose: coca.dispose
  };
}
