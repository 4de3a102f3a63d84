/** Where the towers look: the attention of a block (the mean of its heads, or one of them) from the class token to the patches and from the end token to the words. Not what mattered: that is the occlusion lens. */
import {dataRoot} from "./shared/data-root.ts";
import {extend, html} from "./shared/dom.ts";
import {pictureHeat, strongest, wordHeat} from "./shared/heat.ts";
import type {Pairs} from "./shared/pairs.ts";
import {thumbnailsOf} from "./shared/pairs.ts";
import {quoted} from "./shared/text.ts";

interface Maps {
  layers: number;
  heads: number;
  tokens: number;
  /** [layers, heads, tokens, tokens] */
  values: Float32Array;
}

export interface AttentionLensOptions {
  pairs: Pairs;
  index?: number;
  text?: string;
  /** Both towers' maps of a picture and a sentence; either may be missing where a tower has none. */
  attention: (what: {row: number; text: string}) => Promise<{image?: Maps; text?: Maps; words?: string[]}>;
}

export type AttentionLens = HTMLElement & {
  /** The block shown, from 1. */
  readonly value: number;
  update(options: {index?: number; text?: string}): Promise<void>;
};

/** The lens on one pair. */
export function attentionLens({pairs, index = 0, text = pairs.captions[index][0], attention}: AttentionLensOptions): AttentionLens {
  const thumbnails = thumbnailsOf(pairs);
  let maps: {image?: Maps; text?: Maps; words?: string[]} = {};
  const block = html("input", {type: "range", min: 1, max: 1, step: 1, value: 1, "aria-label": "block"});
  const head = html("select", {class: "d-find", "aria-label": "head"});
  const blockNote = html("span", {class: "d-soft"});
  const picture = pictureHeat();
  const words = html("div", {});
  const note = html("p", {class: "d-note", role: "status"}, "The towers are asked …");
  const element = dataRoot("attention", html("div", {class: "d-row"}, html("label", {}, "block ", block, " ", blockNote), html("label", {}, "head ", head)), html("div", {class: "d-cut"}, picture.element, html("div", {}, words, note)));
  block.addEventListener("input", show);
  head.addEventListener("change", show);

  /** From one token to all others in the block and head chosen; a block that a shallower tower has not is its last. */
  function from(map: Maps, token: number): Float32Array {
    const layer = Math.min(Number(block.value), map.layers) - 1;
    const heads = head.value === "mean" ? Array.from({length: map.heads}, (_, h) => h) : [Math.min(Number(head.value), map.heads - 1)];
    const row = new Float32Array(map.tokens);
    for (const h of heads) {
      const at = ((layer * map.heads + h) * map.tokens + token) * map.tokens;
      for (let i = 0; i < map.tokens; i++) row[i] += map.values[at + i] / heads.length;
    }
    return row;
  }

  function show() {
    blockNote.textContent = `${block.value} of ${block.max}`;
    const canvas = thumbnails.get(index);
    if (!canvas) return thumbnails.want([index], show);
    const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
    if (maps.image) {
      const shares = from(maps.image, 0);
      const patches = shares.subarray(1);
      const most = Math.max(...patches);
      picture.paint(canvas, patches.map((share) => share / most), (place) => `patch ${place + 1}: ${percent(patches[place])}`);
      note.textContent = `The picture’s class token keeps ${percent(shares[0])} of its attention to itself, and gives one patch at most ${percent(most)}.`;
    } else note.textContent = "This image tower has no attention over patches.";
    if (!maps.text) {
      words.replaceChildren();
      note.textContent += " This text tower has no attention: a bag of words takes all of them alike.";
    } else {
      const shares = from(maps.text, maps.text.tokens - 1);
      const names = Array.from(shares, (_, i) => (i === 0 ? "start" : i === shares.length - 1 ? "end" : (maps.words?.[i]?.replace("</w>", "") || `token ${i}`)));
      const most = Math.max(...shares);
      words.replaceChildren(wordHeat(names, shares.map((share) => share / most), (place) => percent(shares[place])));
      note.textContent += ` The sentence’s end token looks most at ${quoted(names[strongest(shares)])}. Where a tower looks is not yet what decides.`;
    }
  }

  async function ask() {
    try {
      maps = await attention({row: index, text});
      const layers = Math.max(maps.image?.layers ?? 1, maps.text?.layers ?? 1);
      block.max = block.value = String(layers);
      head.replaceChildren(html("option", {value: "mean"}, "mean of all"), ...Array.from({length: Math.max(maps.image?.heads ?? 0, maps.text?.heads ?? 0)}, (_, h) => html("option", {value: h}, h + 1)));
      show();
    } catch (error) {
      note.textContent = (error as Error).message;
    }
  }
  void ask();

  return extend(element, {
    get value() {
      return Number(block.value);
    },
    async update({index: other = index, text: sentence}: {index?: number; text?: string}) {
      index = other;
      text = sentence ?? pairs.captions[index][0];
      await ask();
    }
  });
}
