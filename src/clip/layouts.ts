/**
 * How others name and cut CLIP's parameters: OpenAI and open_clip (ours), open_clip's models with a text tower of their own
 * ("text." before it), and Hugging Face. Tables only; weights.ts reads and writes by them.
 */

export type Layout = "openai" | "openClipCustomText" | "huggingFace";

/** Where one of our parameters, or an equal part of it along its first dimension, is found. */
export interface Source {
  name: string;
  /** Their matrix is ours, transposed. */
  transposed?: boolean;
}

/** The tensors that one of our parameters is put together from, in order along its first dimension. Throws where the layout has no such. */
export function sourcesOf(path: string, layout: Layout): Source[] {
  if (layout === "openai") return [{name: path}];
  if (layout === "openClipCustomText") return [{name: isText(path) ? `text.${path}` : path}];
  return huggingFaceSources(path);
}

function isText(path: string): boolean {
  return !path.startsWith("visual.") && path !== "logit_scale";
}

const huggingFaceNames: Record<string, string> = {
  logit_scale: "logit_scale",
  "visual.class_embedding": "vision_model.embeddings.class_embedding",
  "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
  "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
  "visual.ln_pre.weight": "vision_model.pre_layrnorm.weight", // their spelling
  "visual.ln_pre.bias": "vision_model.pre_layrnorm.bias",
  "visual.ln_post.weight": "vision_model.post_layernorm.weight",
  "visual.ln_post.bias": "vision_model.post_layernorm.bias",
  "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
  positional_embedding: "text_model.embeddings.position_embedding.weight",
  "ln_final.weight": "text_model.final_layer_norm.weight",
  "ln_final.bias": "text_model.final_layer_norm.bias"
};

const huggingFaceTransposed: Record<string, string> = {"visual.proj": "visual_projection.weight", text_projection: "text_projection.weight"};

const huggingFaceBlock: Record<string, string> = {
  "ln_1": "layer_norm1",
  "ln_2": "layer_norm2",
  "mlp.c_fc": "mlp.fc1",
  "mlp.c_proj": "mlp.fc2",
  "attn.out_proj": "self_attn.out_proj"
};

function huggingFaceSources(path: string): Source[] {
  if (Object.hasOwn(huggingFaceNames, path)) return [{name: huggingFaceNames[path]}];
  if (Object.hasOwn(huggingFaceTransposed, path)) return [{name: huggingFaceTransposed[path], transposed: true}];
  const block = /^(visual\.)?transformer\.resblocks\.(\d+)\.(.+)$/.exec(path);
  if (!block) throw new Error(`Hugging Face's CLIP has no place for "${path}": it knows vision transformers with a text transformer and linear heads.`);
  const [, visual, index, rest] = block;
  const prefix = `${visual ? "vision_model" : "text_model"}.encoder.layers.${index}`;
  const packed = /^attn\.in_proj_(weight|bias)$/.exec(rest);
  if (packed) return ["q", "k", "v"].map((letter) => ({name: `${prefix}.self_attn.${letter}_proj.${packed[1]}`}));
  const dot = rest.lastIndexOf(".");
  return [{name: `${prefix}.${huggingFaceBlock[rest.slice(0, dot)]}.${rest.slice(dot + 1)}`}];
}

/** Which layout a file's names are in. */
export function layoutOf(names: Iterable<string>): Layout {
  const all = new Set(names);
  if (all.has("text_model.embeddings.token_embedding.weight")) return "huggingFace";
  if (all.has("text.token_embedding.weight")) return "openClipCustomText";
  return "openai";
}

/** Whether a tensor is bookkeeping that old files carry beside the parameters. */
export function isBookkeeping(name: string): boolean {
  return /(^|\.)(position_ids|num_batches_tracked|attn_mask)$/.test(name) || ["input_resolution", "context_length", "vocab_size"].includes(name);
}
