/** Pictures with the captions that a model wrote for them, word by word, each word with the probability it was given. The writing is handed in. */
import {extend, html} from "./shared/dom.ts";
import {tools} from "./shared/files.ts";
import {measureRoot} from "./shared/measure.ts";
import type {Pairs} from "./shared/pairs.ts";
import {thumbnailsOf} from "./shared/pairs.ts";
import {fixed} from "./shared/text.ts";

export interface WrittenLine {
  /** Row in the pairs. */
  row: number;
  text: string;
  /** The caption's tokens in order, with the probability of each when it was chosen, 0 to 1. */
  tokens: {symbol: string; probability: number}[];
}

export interface WrittenCaptionsOptions {
  pairs: Pairs;
  captions?: WrittenLine[];
  /** What is said before anything was written. */
  waiting?: string;
}

export type WrittenCaptions = HTMLElement & {readonly value: WrittenLine[]; update(captions: WrittenLine[]): void};

/** The pictures, one a row: what the model wrote, and what a person's caption says. */
export function writtenCaptions({pairs, captions = [], waiting = "The first captions come with the first step."}: WrittenCaptionsOptions): WrittenCaptions {
  const thumbnails = thumbnailsOf(pairs);
  let current = captions;
  const list = html("ol", {class: "d-written"});
  const note = html("p", {class: "d-note"});
  const table = () => ({columns: ["id", "caption", "a true caption", "log-probability"], rows: current.map(({row, text, tokens}) => [pairs.ids[row], text, pairs.captions[row][0] ?? "", logOf(tokens)])});
  const element = measureRoot("written", list, note, tools("captions", table));

  const draw = () => list.replaceChildren(...current.map(line));
  const update = (next: WrittenLine[]) => {
    current = next;
    draw();
    thumbnails.want(next.map(({row}) => row), draw);
    note.textContent = next.length === 0 ? waiting : "The bar under a word is the probability that it was given, from 0 to 1: short where the model hesitated.";
  };
  function line({row, text, tokens}: WrittenLine): HTMLElement {
    const canvas = html("canvas", {role: "img", "aria-label": pairs.captions[row][0] ?? pairs.ids[row]});
    const picture = thumbnails.get(row);
    if (picture) {
      canvas.width = canvas.height = picture.width;
      canvas.getContext("2d")!.drawImage(picture, 0, 0);
    }
    return html("li", {}, canvas, html("div", {}, html("p", {class: "d-words", "aria-label": text}, ...words(tokens).map(word)), html("p", {class: "d-soft"}, `a person: ${pairs.captions[row][0] ?? "nothing"}`)));
  }
  update(captions);

  return extend(element, {
    get value() {
      return current;
    },
    update
  });
}

const word = ({text, probability}: {text: string; probability: number}) =>
  html("span", {class: "d-word", title: `probability ${fixed(probability, 2)}`}, text, html("i", {style: `--share: ${probability}`}), html("small", {}, fixed(probability, 2)));

/** Tokens joined to words: a word's probability is the product of its tokens'. */
function words(tokens: WrittenLine["tokens"]): {text: string; probability: number}[] {
  const found: {text: string; probability: number}[] = [];
  let open = false;
  for (const {symbol, probability} of tokens) {
    const end = symbol === "<|endoftext|>";
    const part = end ? "■" : symbol.replace(/<\/w>$/, "");
    if (open && !end) {
      found[found.length - 1].text += part;
      found[found.length - 1].probability *= probability;
    } else found.push({text: part, probability});
    open = !end && !symbol.endsWith("</w>");
  }
  return found;
}

const logOf = (tokens: WrittenLine["tokens"]) => tokens.reduce((sum, {probability}) => sum + Math.log(probability), 0);
