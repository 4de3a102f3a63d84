/** Shows how a caption becomes tokens, the merges replayed one after the other. The tokenizer is handed in. */
import {dataRoot} from "./shared/data-root.ts";
import {emitInput, extend, html} from "./shared/dom.ts";
import {reducedMotion} from "./shared/live.ts";
import {count} from "./shared/text.ts";

/** What is asked of a tokenizer. */
export interface PieceMaker {
  pieces(text: string, options?: {mergesUsed?: number}): {id: number; symbol: string}[];
  spec: {merges: readonly (readonly [string, string])[]};
  startId: number;
  endId: number;
  contextLength: number;
}

export interface TokensOptions {
  tokenizer: PieceMaker;
  text?: string;
}

export type Tokens = HTMLElement & {
  /** The text and its ids, start and end included. */
  readonly value: {text: string; ids: number[]};
  /** Another text; tells no one. */
  update(options: {text: string}): void;
};

/** The caption as tokens. The slider goes through the merges that this caption uses, from single letters to whole words. */
export function tokens({tokenizer, text = ""}: TokensOptions): Tokens {
  let steps: number[] = [0];
  let at = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  const input = html("input", {class: "d-find", type: "text", style: "width: 100%", "aria-label": "The caption", oninput: () => type()});
  const slider = html("input", {type: "range", min: 0, step: 1, "aria-label": "Merges done", oninput: () => (stop(), go(Number(slider.value)))});
  const play = html("button", {class: "d-button", type: "button", onclick: () => replay()}, "Replay the merges");
  const done = html("span", {class: "d-soft"});
  const list = html("ol", {class: "d-tokens"});
  const note = html("p", {class: "d-note", role: "status"});
  const element = dataRoot("tokens", input, html("div", {class: "d-row"}, html("div", {class: "d-slider", style: "flex: 1 1 18em"}, html("span", {}, "letters"), slider, html("span", {}, "words")), play, done), list, note);

  /** After which merges this text looks different: halving finds each change without trying them all. */
  const changes = () => {
    const total = tokenizer.spec.merges.length;
    const lengthAt = (used: number) => tokenizer.pieces(text, {mergesUsed: used}).length;
    const found: number[] = [0];
    const search = (from: number, to: number, fromLength: number, toLength: number) => {
      if (fromLength === toLength) return;
      if (to - from === 1) return void found.push(to);
      const middle = (from + to) >> 1;
      const length = lengthAt(middle);
      search(from, middle, fromLength, length);
      search(middle, to, length, toLength);
    };
    search(0, total, lengthAt(0), lengthAt(total));
    return found;
  };

  function go(step: number) {
    at = step;
    draw();
  }
  function stop() {
    clearInterval(timer);
    timer = undefined;
    play.textContent = "Replay the merges";
  }
  function replay() {
    if (timer) return stop();
    if (reducedMotion()) return go(at >= steps.length - 1 ? 0 : at + 1);
    go(0);
    play.textContent = "Stop";
    timer = setInterval(() => {
      if (at >= steps.length - 1 || !element.isConnected) return stop();
      go(at + 1);
    }, Math.max(120, Math.min(500, 8000 / steps.length)));
  }
  function type() {
    stop();
    read(input.value);
    emitInput(element);
  }
  function read(next: string) {
    text = next;
    steps = changes();
    slider.max = String(steps.length - 1);
    go(steps.length - 1);
  }
  const plain = (symbol: string) => symbol.replace(/<\/w>$/, "");

  function draw() {
    const used = steps[at];
    const pieces = tokenizer.pieces(text, {mergesUsed: used});
    const [left, right] = at > 0 ? tokenizer.spec.merges[used - 1] : ["", ""];
    slider.value = String(at);
    slider.style.setProperty("--at", `${steps.length > 1 ? (100 * at) / (steps.length - 1) : 100}%`);
    const mark = (name: string, id: number) => html("li", {class: "d-token d-mark"}, html("b", {}, name), html("small", {}, id));
    const kept = pieces.slice(0, tokenizer.contextLength - 2);
    list.replaceChildren(
      mark("start", tokenizer.startId),
      ...kept.map(({id, symbol}) => html("li", {class: `d-token${at > 0 && at < steps.length - 1 && symbol === left + right ? " d-new" : ""}`}, html("b", {}, plain(symbol) || "·", symbol.endsWith("</w>") ? "" : "⌣"), html("small", {}, id))),
      mark("end", tokenizer.endId)
    );
    done.textContent = `merge ${at} of ${steps.length - 1}${at > 0 ? `: ${plain(left)} + ${plain(right)}` : ""}`;
    const cut = pieces.length - kept.length;
    note.textContent = `${count(pieces.length, "token")} of ${count([...text].length, "letter")}, with start and end. The model reads ${tokenizer.contextLength} at most${cut > 0 ? `: the last ${cut} are cut off, the end stays` : `; the other ${tokenizer.contextLength - kept.length - 2} places stay empty`}.`;
  }
  input.value = text;
  read(text);

  return extend(element, {
    get value() {
      return {text, ids: [tokenizer.startId, ...tokenizer.pieces(text).map(({id}) => id).slice(0, tokenizer.contextLength - 2), tokenizer.endId]};
    },
    update(options: {text: string}) {
      stop();
      input.value = options.text;
      read(options.text);
    }
  });
}
