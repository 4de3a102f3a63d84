/** What Hugging Face's `transformers` wants to read beside the weights: configuration, preprocessing, tokenizer. Builds plain data, writes nothing. */
import {channelMean, channelDeviation} from "./channels.ts";
import type {ClipConfig, Json} from "./config.ts";
import {isCoca} from "./specs.ts";
import {endToken, paddingSymbol, startToken} from "./tokenizer.ts";
import type {TokenizerSpec} from "./tokenizer.ts";

/** `config.json` of a CLIPModel. Throws where `transformers` has no such model. */
export function huggingFaceConfig(config: ClipConfig): Json {
  const {image, text, embedDim, activation} = config;
  if (isCoca(config)) throw new Error("Hugging Face's CLIPModel has no decoder, which a CoCa cannot do without.");
  if (image.kind !== "vit" || text.kind !== "transformer" || config.imageHead !== "linear" || config.textHead !== "linear") {
    throw new Error(`Hugging Face's CLIPModel is a vision transformer beside a text transformer with linear heads; this model has ${image.kind} and ${text.kind} with ${config.imageHead} and ${config.textHead} heads.`);
  }
  const shared = {hidden_act: activation === "quickGelu" ? "quick_gelu" : "gelu", layer_norm_eps: 1e-5, attention_dropout: 0, projection_dim: embedDim};
  return {
    architectures: ["CLIPModel"],
    model_type: "clip",
    torch_dtype: "float32",
    projection_dim: embedDim,
    logit_scale_init_value: Math.log(1 / 0.07),
    vision_config: {
      model_type: "clip_vision_model",
      ...shared,
      hidden_size: image.width,
      intermediate_size: 4 * image.width,
      num_hidden_layers: image.layers,
      num_attention_heads: image.heads,
      num_channels: 3,
      image_size: image.sizePx,
      patch_size: image.patchPx
    },
    text_config: {
      model_type: "clip_text_model",
      ...shared,
      vocab_size: text.vocabularySize,
      hidden_size: text.width,
      intermediate_size: 4 * text.width,
      num_hidden_layers: text.layers,
      num_attention_heads: text.heads,
      max_position_embeddings: text.contextLength,
      pad_token_id: 0,
      bos_token_id: text.vocabularySize - 2,
      eos_token_id: text.vocabularySize - 1
    }
  };
}

/** `preprocessor_config.json`. */
export function huggingFacePreprocessing(sizePx: number): Json {
  return {
    image_processor_type: "CLIPImageProcessor",
    do_resize: true,
    size: {shortest_edge: sizePx},
    resample: 3, // bicubic
    do_center_crop: true,
    crop_size: {height: sizePx, width: sizePx},
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: channelMean,
    image_std: channelDeviation,
    do_convert_rgb: true
  };
}

/** CLIP's word pattern as the `tokenizers` library writes it. */
const pattern = "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

/**
 * The tokenizer's files by name, as text: `tokenizer.json` for the fast tokenizer, `vocab.json` and `merges.txt` for the plain one.
 * @throws Error naming a symbol with a space or line end in it, which would end its line of `merges.txt`.
 */
export function huggingFaceTokenizer({vocabularySize, contextLength, alphabet, merges}: TokenizerSpec): Record<string, string> {
  const [start, end] = [vocabularySize - 2, vocabularySize - 1];
  const symbols = [...alphabet, ...merges.map(([left, right]) => left + right)];
  const broken = symbols.find((symbol) => /[\s\p{Cc}]/u.test(symbol));
  if (broken !== undefined) throw new Error(`the tokenizer has the symbol ${JSON.stringify(broken.slice(0, 40))}: a byte-pair vocabulary writes spaces and control characters as letters of their own`);
  const vocab: Record<string, number> = Object.fromEntries(symbols.map((symbol, id) => [symbol, id]));
  vocab[startToken] = start;
  vocab[endToken] = end;
  // Where the vocabulary has no padding of its own, 0 is a symbol, as in OpenAI's.
  const padding = symbols[0];
  const special = [...(padding === paddingSymbol ? [[padding, 0] as const] : []), [startToken, start] as const, [endToken, end] as const];
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const names = {bos_token: startToken, eos_token: endToken, unk_token: padding, pad_token: padding};
  return {
    "vocab.json": json(vocab),
    "merges.txt": `#version: 0.2\n${merges.map((pair) => pair.join(" ")).join("\n")}\n`,
    "special_tokens_map.json": json(names),
    "tokenizer_config.json": json({tokenizer_class: "CLIPTokenizer", model_max_length: contextLength, do_lower_case: true, ...names}),
    "tokenizer.json": json({
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: special.map(([content, id]) => ({id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true})),
      normalizer: {type: "Sequence", normalizers: [{type: "NFC"}, {type: "Replace", pattern: {Regex: "\\s+"}, content: " "}, {type: "Lowercase"}]},
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [
          {type: "Split", pattern: {Regex: pattern}, behavior: "Removed", invert: true},
          {type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true}
        ]
      },
      post_processor: {type: "RobertaProcessing", sep: [endToken, end], cls: [startToken, start], trim_offsets: false, add_prefix_space: false},
      decoder: {type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true},
      model: {type: "BPE", dropout: null, unk_token: padding, continuing_subword_prefix: "", end_of_word_suffix: "</w>", fuse_unk: false, byte_fallback: false, vocab, merges: merges.map((pair) => pair.join(" "))}
    })
  };
}
