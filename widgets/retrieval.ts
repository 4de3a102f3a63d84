/** Search both ways: type a sentence and see the pictures, choose or drop a picture and see the sentences. The searching itself is handed in. */
import {canvasOfPicture, decodePicture, takesDrops} from "./shared/dropped-picture.ts";
import type {DroppedPicture} from "./shared/dropped-picture.ts";
import {emitInput, extend, html} from "./shared/dom.ts";
import {tools} from "./shared/files.ts";
import {measureRoot} from "./shared/measure.ts";
import type {Pairs} from "./shared/pairs.ts";
import {thumbnailsOf} from "./shared/pairs.ts";
import {fixed, number} from "./shared/text.ts";

export interface PictureHit {
  /** Row in the pairs. */
  row: number;
  similarity: number;
}

export interface SentenceHit {
  text: string;
  row: number;
  similarity: number;
}

export interface RetrievalOptions {
  pairs: Pairs;
  /** All pictures searched, the nearest first. */
  findPictures: (sentence: string) => Promise<PictureHit[]>;
  /** All sentences searched, the nearest first. */
  findSentences: (picture: {row: number} | DroppedPicture) => Promise<SentenceHit[]>;
  /** Sentences offered as a start; `row` names the picture that one belongs to. */
  examples?: {text: string; row?: number}[];
  /** Side of the square that a dropped picture is cut to; without it nothing can be dropped. */
  dropPx?: number;
  shown?: number;
  invalidation?: Promise<unknown>;
}

export type Retrieval = HTMLElement & {
  /** What was asked last, its hits, and the rank of the right answer where one is known. */
  readonly value: {query: string | number | null; hits: (PictureHit | SentenceHit)[]; rank: number | null};
  /** Asks again with the present model. */
  refresh(): Promise<void>;
  search(sentence: string): Promise<void>;
};

/** The search. Made once; `refresh` after the model has learned more. */
export function retrieval({pairs, findPictures, findSentences, examples = [], dropPx, shown = 12, invalidation}: RetrievalOptions): Retrieval {
  const thumbnails = thumbnailsOf(pairs);
  let asked: {sentence: string} | {row: number} | DroppedPicture | null = null;
  let hits: (PictureHit | SentenceHit)[] = [];
  let rank: number | null = null;
  let turn = 0;
  const input = html("input", {class: "d-text", type: "search", "aria-label": "a sentence to search with", placeholder: "a sentence, such as: a red dog on the beach at night"});
  const search = () => void (input.value.trim() !== "" && ask({sentence: input.value.trim()}));
  // No form: a sandboxed frame submits none.
  const form = html("div", {class: "d-search"}, input, html("button", {class: "d-button", type: "button", onclick: search}, "Find pictures"));
  const offers = html("div", {class: "d-examples"}, ...examples.map(({text}) => html("button", {type: "button", class: "d-link", onclick: () => void ask({sentence: text})}, text)));
  const file = html("input", {type: "file", accept: "image/*", "aria-label": "a picture to search with"});
  const drop = html("div", {class: "d-drop", hidden: !dropPx}, html("p", {}, "Or drop a picture here: ", html("label", {class: "d-button"}, "Choose a picture", file)));
  const heading = html("p", {class: "d-title", "aria-live": "polite"}, "Type a sentence, or press one below.");
  const why = html("p", {class: "d-why"});
  const result = html("div", {});
  const table = () => ({
    columns: ["rank", "similarity", "id", "sentence"],
    rows: hits.map((hit, n) => [n + 1, hit.similarity, pairs.ids[hit.row], "text" in hit ? hit.text : (pairs.captions[hit.row][0] ?? "")])
  });
  const element = measureRoot("retrieval", form, offers, drop, heading, why, result, tools("retrieval", table));

  const ask = async (next: NonNullable<typeof asked>, tell = true) => {
    const mine = ++turn;
    asked = next;
    heading.textContent = "Searching…";
    try {
      const found = "sentence" in next ? await findPictures(next.sentence) : await findSentences(next);
      if (mine !== turn) return;
      hits = found;
    } catch (error) {
      if (mine !== turn) return;
      hits = [];
      heading.textContent = `The search failed: ${error instanceof Error ? error.message : String(error)}`;
      result.replaceChildren();
      why.textContent = "";
      return;
    }
    show();
    if (tell) emitInput(element);
  };
  const show = () => {
    if (!asked) return;
    if ("sentence" in asked) showPictures(asked.sentence);
    else showSentences(asked);
  };
  const showPictures = (sentence: string) => {
    if (input.value !== sentence) input.value = sentence;
    const right = rowsOf(pairs, sentence, examples);
    const place = hits.findIndex((hit) => right.includes(hit.row));
    rank = place < 0 ? null : place + 1;
    heading.textContent = rank === null ? `The nearest of ${number(hits.length)} pictures` : rank === 1 ? `The right picture comes first of ${number(hits.length)}` : `The right picture comes ${ordinal(rank)} of ${number(hits.length)}`;
    const listed = hits.slice(0, shown);
    if (rank !== null && rank > shown) listed[shown - 1] = hits[rank - 1];
    thumbnails.want(listed.map((hit) => hit.row), show);
    why.textContent = rank !== null && rank > 1 ? `Why another won: ${difference(pairs, right[0], hits[0].row)} Cosine ${fixed(hits[0].similarity, 3)} against ${fixed(hits[rank - 1].similarity, 3)}.` : "";
    result.replaceChildren(
      html(
        "ol",
        {class: "d-hits"},
        ...listed.map((hit) => {
          const mark = right.includes(hit.row);
          const picture = copyOf(thumbnails.get(hit.row));
          const words = `${ordinal(hits.indexOf(hit) + 1)} · ${fixed(hit.similarity)}`;
          return html("li", {}, html("button", {type: "button", class: `d-hit${mark ? " d-right" : ""}`, "aria-label": `${words}${mark ? ", the right one" : ""}: ${pairs.captions[hit.row][0] ?? pairs.ids[hit.row]}. Find its sentences.`, onclick: () => void ask({row: hit.row})}, picture, html("span", {class: `d-one-line ${mark ? "d-t-pair" : "d-soft"}`}, words)));
        })
      )
    );
  };
  const showSentences = (picture: {row: number} | DroppedPicture) => {
    const row = "row" in picture ? picture.row : null;
    const place = row === null ? -1 : hits.findIndex((hit) => hit.row === row);
    rank = place < 0 ? null : place + 1;
    heading.textContent = row === null ? `The nearest of ${number(hits.length)} sentences to your picture` : rank === 1 ? `One of this picture’s own sentences comes first of ${number(hits.length)}` : `The best of this picture’s own sentences comes ${ordinal(rank!)} of ${number(hits.length)}`;
    why.textContent = row !== null && rank !== null && rank > 1 ? `Why another won: ${difference(pairs, row, hits[0].row)} Cosine ${fixed(hits[0].similarity, 3)} against ${fixed(hits[rank - 1].similarity, 3)}.` : "";
    if (row !== null) thumbnails.want([row], show);
    const listed = hits.slice(0, shown);
    if (rank !== null && rank > shown) listed[shown - 1] = hits[rank - 1];
    const view = row === null ? canvasOfPicture(picture as DroppedPicture) : copyOf(thumbnails.get(row));
    result.replaceChildren(
      html("div", {class: "d-asked"}, view, html("p", {class: "d-soft"}, row === null ? "your picture" : `the picture ${pairs.ids[row]}`)),
      html(
        "ol",
        {class: "d-lines-list"},
        ...listed.map((hit) => html("li", {class: hit.row === row ? "d-right" : null}, html("span", {class: "d-soft"}, ordinal(hits.indexOf(hit) + 1)), html("button", {type: "button", class: "d-link", onclick: () => void ask({sentence: (hit as SentenceHit).text})}, (hit as SentenceHit).text), html("span", {class: "d-number"}, fixed(hit.similarity))))
      )
    );
  };
  const take = async (blob: Blob | null | undefined) => {
    if (!blob || !dropPx) return;
    try {
      await ask(await decodePicture(blob, dropPx));
    } catch (error) {
      heading.textContent = `That file could not be read as a picture: ${error instanceof Error ? error.message : String(error)}`;
    }
  };
  input.addEventListener("keydown", ({key}) => key === "Enter" && search());
  for (const inner of [input, file]) inner.addEventListener("input", (event) => event.stopPropagation());
  file.addEventListener("change", () => void take(file.files?.[0]));
  takesDrops(drop, (dropped) => void take(dropped));
  void invalidation?.then(() => turn++);
  return extend(element, {
    get value() {
      return {query: asked === null ? null : "sentence" in asked ? asked.sentence : "row" in asked ? asked.row : "a dropped picture", hits, rank};
    },
    refresh: async () => void (asked && (await ask(asked, false))),
    search: (sentence: string) => ask({sentence}, false)
  });
}

/** The rows whose own sentence this is: a sentence may be true of several pictures, word for word. */
function rowsOf(pairs: Pairs, sentence: string, examples: {text: string; row?: number}[]): number[] {
  const rows = pairs.captions.flatMap((captions, row) => (captions.includes(sentence) ? [row] : []));
  const named = examples.find(({text, row}) => text === sentence && row !== undefined);
  return named ? [named.row!, ...rows.filter((row) => row !== named.row)] : rows;
}

/** What the winner shares with the right one, and where it differs, from the known factors; from common words where there are none. */
export function difference({factors = {}, captions}: Pairs, right: number, winner: number): string {
  const known = Object.entries(factors);
  if (known.length > 0) {
    const same = known.filter(([, values]) => values[right] === values[winner]).map(([name]) => name);
    const other = known.filter(([, values]) => values[right] !== values[winner]).map(([name, values]) => `${name} (${values[winner]}, not ${values[right]})`);
    if (other.length === 0) return "nothing known tells the two apart.";
    return `it shares ${same.length > 0 ? list(same) : "nothing known"} and differs in ${list(other)}.`;
  }
  const words = (row: number) => new Set(captions[row].join(" ").toLowerCase().match(/\p{L}{4,}/gu) ?? []);
  const common = [...words(right)].filter((word) => words(winner).has(word));
  return common.length > 0 ? `its own sentences also say ${list(common.slice(0, 5).map((word) => `“${word}”`))}.` : "its sentences share no long word with the right one’s.";
}

function list(items: string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

function ordinal(n: number): string {
  const tail = n % 100 > 10 && n % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${number(n)}${tail}`;
}

function copyOf(source: HTMLCanvasElement | null): HTMLCanvasElement {
  const copy = html("canvas", {width: source?.width ?? 32, height: source?.height ?? 32, "aria-hidden": true});
  if (source) copy.getContext("2d")!.drawImage(source, 0, 0);
  return copy;
}
