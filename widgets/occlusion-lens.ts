/** The occlusion lens: cover a patch of the picture or strike a word of the sentence, and see how their cosine changes. An experiment on the model, not its attention. The embedding is handed in. */
import {dataRoot} from "./shared/data-root.ts";
import {emitInput, extend, html, liveRegion} from "./shared/dom.ts";
import {pictureHeat, strongest, wordHeat} from "./shared/heat.ts";
import type {Pairs} from "./shared/pairs.ts";
import {thumbnailsOf} from "./shared/pairs.ts";
import {quoted} from "./shared/text.ts";

export interface OcclusionLensOptions {
  pairs: Pairs;
  /** Which picture, and the sentence to hold against it: its own first caption unless given. */
  index?: number;
  text?: string;
  /** Patches along one side that are covered one after the other. */
  grid?: number;
  /** Embeddings of length 1 of pictures (uint8 RGB, [n, sizePx, sizePx, 3]) and sentences. */
  embed: (what: {pixels?: Uint8Array; texts?: string[]}) => Promise<{images?: Float32Array; texts?: Float32Array; width: number}>;
}

export interface Occlusion {
  text: string;
  /** Cosine of the whole picture and the whole sentence. */
  cosine: number;
  /** Change of the cosine when a patch is covered, row by row. */
  patches: Float32Array;
  words: string[];
  /** Change of the cosine when a word is struck. */
  wordChanges: Float32Array;
}

export type OcclusionLens = HTMLElement & {
  /** What was measured last; null before that. */
  readonly value: Occlusion | null;
  /** Resolves with what was measured when the lens was made. */
  measured(): Promise<Occlusion | null>;
  /** Another picture or sentence; it is measured at once. */
  update(options: {index?: number; text?: string}): Promise<void>;
};

/** The lens on one pair. It measures when it is made, and again when the sentence is changed. */
export function occlusionLens({pairs, index = 0, text = pairs.captions[index][0], grid = 7, embed}: OcclusionLensOptions): OcclusionLens {
  const thumbnails = thumbnailsOf(pairs);
  let value: Occlusion | null = null;
  let turn = 0;
  const input = html("input", {class: "d-text", type: "text", value: text, "aria-label": "the sentence"});
  // No form: a sandboxed frame submits none.
  const form = html("div", {class: "d-search"}, input, html("button", {class: "d-button", type: "button", onclick: () => void measure(true)}, "Cover and strike"));
  const picture = pictureHeat();
  const words = html("div", {});
  const note = html("p", {class: "d-note"}, "The picture is on its way.");
  const live = liveRegion();
  const element = dataRoot("occlusion", form, html("div", {class: "d-cut"}, picture.element, html("div", {}, words, note)), live.element);
  input.addEventListener("keydown", ({key}) => key === "Enter" && void measure(true));

  const pictureOf = () => new Promise<HTMLCanvasElement>((resolve) => {
    const look = () => {
      const found = thumbnails.get(index);
      if (found) resolve(found);
      else thumbnails.want([index], look);
    };
    look();
  });

  async function measure(byPerson = false) {
    const mine = ++turn;
    const sentence = input.value.trim();
    const parts = sentence.split(/\s+/).filter((word) => word !== "");
    if (parts.length === 0) return void (note.textContent = "Write a sentence to hold against the picture.");
    const canvas = await pictureOf();
    note.textContent = `Covering ${grid * grid} patches and striking ${parts.length} words …`;
    try {
      const found = await experiment(canvas, sentence, parts);
      if (mine !== turn) return;
      value = found;
      show(canvas, found);
      if (byPerson) emitInput(element);
    } catch (error) {
      note.textContent = (error as Error).message;
    }
  }

  /** The whole pair first, then one thing less at a time. */
  async function experiment(canvas: HTMLCanvasElement, sentence: string, parts: string[]): Promise<Occlusion> {
    const side = canvas.width;
    const {data} = canvas.getContext("2d")!.getImageData(0, 0, side, side);
    const bytes = side * side * 3;
    const pixels = new Uint8Array(bytes * (grid * grid + 1));
    const mean = [0, 0, 0];
    for (let p = 0; p < side * side; p++) for (let c = 0; c < 3; c++) mean[c] += (pixels[p * 3 + c] = data[p * 4 + c]);
    for (let place = 0; place < grid * grid; place++) {
      const at = (place + 1) * bytes;
      pixels.copyWithin(at, 0, bytes);
      const edge = (k: number) => Math.round((k * side) / grid);
      for (let y = edge(Math.floor(place / grid)); y < edge(Math.floor(place / grid) + 1); y++)
        for (let x = edge(place % grid); x < edge((place % grid) + 1); x++) for (let c = 0; c < 3; c++) pixels[at + (y * side + x) * 3 + c] = Math.round(mean[c] / (side * side));
    }
    const texts = [sentence, ...parts.map((_, i) => parts.filter((_, k) => k !== i).join(" "))];
    const embedded = await embed({texts});
    const {images, width} = await embed({pixels});
    const dot = (a: Float32Array, i: number, b: Float32Array, j: number) => a.subarray(i * width, (i + 1) * width).reduce((sum, x, k) => sum + x * b[j * width + k], 0);
    const cosine = dot(images!, 0, embedded.texts!, 0);
    return {
      text: sentence,
      cosine,
      patches: Float32Array.from({length: grid * grid}, (_, place) => dot(images!, place + 1, embedded.texts!, 0) - cosine),
      words: parts,
      wordChanges: Float32Array.from(parts, (_, i) => dot(images!, 0, embedded.texts!, i + 1) - cosine)
    };
  }

  function show(canvas: HTMLCanvasElement, {cosine, patches, words: parts, wordChanges}: Occlusion) {
    // What lowers the cosine when it is gone speaks for the pair: shown in blue.
    // One patch of many changes less than one word of few: each side has a scale of its own, and says how far it goes.
    const most = (changes: Float32Array) => Math.max(...Array.from(changes, Math.abs), 1e-6);
    const strength = (changes: Float32Array) => Float32Array.from(changes, (change) => -change / most(changes));
    const say = (change: number) => `${change < 0 ? "−" : "+"}${Math.abs(change).toFixed(3)}`;
    picture.paint(canvas, strength(patches), (place) => `row ${Math.floor(place / grid) + 1}, column ${(place % grid) + 1} covered: ${say(patches[place])}`);
    words.replaceChildren(wordHeat(parts, strength(wordChanges), (place) => say(wordChanges[place])));
    const [patch, word] = [strongest(patches), strongest(wordChanges)];
    note.textContent = `Occlusion. The cosine is ${signed(cosine)}. Blue speaks for the pair: without it the cosine falls; orange speaks against it. The deepest colour is a change of ${most(patches).toFixed(3)} in the picture, of ${most(wordChanges).toFixed(3)} in the sentence.`;
    live.say(`Cosine ${signed(cosine)}. The word ${quoted(parts[word])} changes it most, by ${say(wordChanges[word])}; of the patches, row ${Math.floor(patch / grid) + 1}, column ${(patch % grid) + 1}, by ${say(patches[patch])}.`);
  }
  const first = measure();

  return extend(element, {
    measured: () => first.then(() => value),
    get value() {
      return value;
    },
    async update({index: other = index, text: sentence}: {index?: number; text?: string}) {
      index = other;
      input.value = sentence ?? pairs.captions[index][0];
      await measure();
    }
  });
}

const signed = (value: number) => `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(3)}`;
