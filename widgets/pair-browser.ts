/** Looks through pairs: a shelf of pictures, one of them large with all its captions. Reads no files and trains nothing. */
import {copyOf, dataRoot} from "./shared/data-root.ts";
import {emitInput, extend, html} from "./shared/dom.ts";
import type {Pairs} from "./shared/pairs.ts";
import {thumbnailsOf} from "./shared/pairs.ts";
import {count, number} from "./shared/text.ts";

export interface PairBrowserOptions {
  pairs: Pairs;
  /** The picture to begin with. */
  index?: number;
  /** Pictures on the shelf at a time. */
  shown?: number;
}

export type PairBrowser = HTMLElement & {
  /** The picture's row and which of its captions is chosen, from 0. Setting it repaints and tells no one. */
  value: {index: number; caption: number};
};

/** The browser. Arrow keys walk along the shelf. */
export function pairBrowser({pairs, index: start = 0, shown = 27}: PairBrowserOptions): PairBrowser {
  const thumbnails = thumbnailsOf(pairs);
  let rows = pairs.ids.map((_, row) => row);
  let index = Math.min(start, Math.max(rows.length - 1, 0));
  let first = index - (index % shown);
  let caption = 0;
  const search = html("input", {class: "d-find", type: "search", placeholder: "a word in the captions", "aria-label": "Only pairs whose captions have this word", oninput: () => find()});
  const back = html("button", {class: "d-button", type: "button", onclick: () => turn(-shown)}, "Back");
  const forth = html("button", {class: "d-button", type: "button", onclick: () => turn(shown)}, "More");
  const where = html("span", {class: "d-soft", role: "status"});
  const shelf = html("ul", {class: "d-shelf", onkeydown: (event) => walk(event as KeyboardEvent)});
  const large = html("div", {class: "d-large"});
  const captions = html("ul", {class: "d-captions"});
  const facts = html("p", {class: "d-note"});
  const element = dataRoot("pair-browser", html("div", {class: "d-pairs"}, html("div", {}, html("div", {class: "d-row"}, search, back, forth, where), html("p", {}), shelf), html("div", {}, large, captions, facts)));

  const choose = (row: number, which: number) => {
    [index, caption] = [row, which];
    draw();
    emitInput(element);
  };
  const turn = (by: number) => {
    first = Math.max(0, Math.min(first + by, rows.length - 1));
    first -= first % shown;
    draw();
  };
  const find = () => {
    const word = search.value.trim().toLowerCase();
    rows = pairs.ids.map((_, row) => row).filter((row) => word === "" || pairs.captions[row].some((text) => text.toLowerCase().includes(word)));
    first = 0;
    if (rows.length > 0 && !rows.includes(index)) choose(rows[0], 0);
    else draw();
  };
  const walk = (event: KeyboardEvent) => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!step) return;
    event.preventDefault();
    const place = Math.max(0, Math.min(rows.indexOf(index) + step, rows.length - 1));
    first = place - (place % shown);
    choose(rows[place], 0);
    shelf.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus();
  };

  function draw() {
    const onShelf = rows.slice(first, first + shown);
    thumbnails.want([...onShelf, index], draw);
    where.textContent = rows.length === 0 ? "no pair has that word" : `${number(first + 1, 6)} to ${number(Math.min(first + shown, rows.length), 6)} of ${count(rows.length, "pair")}`;
    back.disabled = first === 0;
    forth.disabled = first + shown >= rows.length;
    shelf.replaceChildren(
      ...onShelf.map((row) =>
        html("li", {}, html("button", {type: "button", "aria-pressed": row === index ? "true" : "false", tabindex: row === index ? 0 : -1, "aria-label": pairs.captions[row][0] ?? pairs.ids[row], onclick: () => choose(row, 0)}, copyOf(thumbnails.get(row))))
      )
    );
    if (!onShelf.includes(index)) shelf.querySelector("button")?.setAttribute("tabindex", "0");
    large.replaceChildren(copyOf(thumbnails.get(index)));
    captions.replaceChildren(...(pairs.captions[index] ?? []).map((text, k) => html("li", {}, html("button", {type: "button", "aria-pressed": k === caption ? "true" : "false", onclick: () => choose(index, k)}, text))));
    const known = Object.entries(pairs.factors ?? {}).map(([name, values]) => `${name} ${values[index]}`);
    facts.textContent = [pairs.ids[index], pairs.splits?.[index] === "train" ? "for training" : pairs.splits ? `held out (${pairs.splits[index]})` : "", ...known].filter((part) => part).join(" · ");
  }
  draw();

  return extend(element, {
    get value() {
      return {index, caption};
    },
    set value(next: {index: number; caption: number}) {
      index = next.index;
      caption = next.caption;
      first = Math.max(rows.indexOf(index), 0);
      first -= first % shown;
      draw();
    }
  });
}
