/** Held-out recall in one sentence, against chance. Not its computation: see src/evaluate. */
import type {HeldOutRecall, Snapshot} from "../src/train/protocol.ts";
import {extend, html, redraw, root, svg} from "./shared/dom.ts";
import {follow} from "./shared/live.ts";
import {number, percent} from "./shared/text.ts";

export interface RecallSentenceOptions {
  frames?: AsyncIterable<Pick<Snapshot, "heldOut">>;
  /** Share found by guessing; 1 in the gallery's size unless told. */
  chance?: number;
  /** What the pictures are called: "cards", "photos". */
  things?: string;
  invalidation?: Promise<unknown>;
}

export type RecallSentence = HTMLElement & {readonly value: HeldOutRecall | null; update(frame: Pick<Snapshot, "heldOut">): void};

/** "Held-out cards: the right caption comes first for 38 of 64 pictures (59 %); chance is 1 of 64.", with both directions drawn. */
export function recallSentence({frames, chance, things = "cards", invalidation}: RecallSentenceOptions = {}): RecallSentence {
  const sentence = html("p", {class: "d-sentence", "aria-live": "polite"}, `Held-out ${things}: not measured yet. The first figures come soon after training starts.`);
  const bars = html("div", {class: "d-recall-bars"});
  const element = root("recall", sentence, bars);
  let latest: HeldOutRecall | null = null;

  const update = ({heldOut}: Pick<Snapshot, "heldOut">) => {
    if (!heldOut || heldOut === latest) return;
    latest = heldOut;
    const {gallery, imageToText, textToImage} = heldOut;
    const guess = chance ?? 1 / gallery;
    // Replaced only where it differs: it is read aloud, too.
    redraw(sentence, [
      html("span", {}, `Held-out ${things}: the right caption comes first for `),
      html("strong", {class: "d-t-pair"}, `${number(Math.round(imageToText[1] * gallery))} of ${number(gallery)}`),
      html("span", {}, ` pictures (${percent(imageToText[1])}); chance is ${guess * gallery <= 1.0001 ? `1 of ${number(gallery)}` : percent(guess)}.`)
    ]);
    redraw(bars, [bar("right caption first", imageToText[1], guess), bar("among the first five", imageToText[5], guess * 5), bar("right picture first", textToImage[1], guess), bar("among the first five", textToImage[5], guess * 5)]);
  };
  follow({frames, invalidation}, update, () => {});
  return extend(element, {
    get value() {
      return latest;
    },
    update
  });
}

/** A share as a bar from 0 to 100 %, chance dotted across it. */
function bar(label: string, share: number, chance: number): HTMLElement {
  const picture = svg("svg", {viewBox: "0 0 100 18", preserveAspectRatio: "none", "aria-hidden": true});
  const at = Math.min(100, 100 * chance);
  picture.append(
    svg("rect", {y: 8.4, width: 100, height: 1.2, fill: "var(--rule)"}),
    svg("rect", {y: 6, width: Number.isFinite(share) ? 100 * share : 0, height: 6, fill: "var(--pair)"}),
    svg("line", {x1: at, x2: at, y1: 0, y2: 18, class: "d-chance-back"}),
    svg("line", {x1: at, x2: at, y1: 0, y2: 18, class: "d-chance-line"})
  );
  return html("div", {class: "d-recall-bar"}, html("span", {class: "d-soft"}, label), picture, html("span", {}, percent(share)));
}
