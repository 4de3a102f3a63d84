/**
 * CLIP's loss stopped at every step, forwards and backwards: the numbers, the term of the formula and the line of source
 * that made them, lit together. It computes nothing itself: it is handed the function, and the function's own text.
 */
import type {LossSteps, Rows} from "../src/clip/loss-steps.ts";
import type {EmbeddedPairs} from "../src/train/protocol.ts";
import {largestDifference} from "./shared/agreement.ts";
import {canvasOfPicture} from "./shared/dropped-picture.ts";
import {emitInput, extend, html, liveRegion, root, set, svg} from "./shared/dom.ts";
import {tools} from "./shared/files.ts";
import {follow, scheduled, typeSize, watchLook} from "./shared/live.ts";
import type {MicroscopePlaces} from "./shared/microscope-picture.ts";
import {drawMicroscope} from "./shared/microscope-picture.ts";
import {formulaTerm, type SetFormula} from "./shared/formula-term.ts";
import {markedLines, stages} from "./shared/microscope-stages.ts";
import {ownPairs} from "./shared/own-pairs.ts";
import type {Pairs} from "./shared/pairs.ts";
import {thumbnailsOf} from "./shared/pairs.ts";
import {number} from "./shared/text.ts";

export interface MicroscopeFrame {
  watched: EmbeddedPairs;
  logitScaleLog: number;
}

export interface LossMicroscopeOptions {
  /** The computation, and the text of the file it is in, whose lines are marked `// @name`. */
  steps: (images: Rows, captions: Rows, t: number) => LossSteps;
  source: string;
  frames?: AsyncIterable<MicroscopeFrame>;
  pairs?: Pairs;
  /** How many pairs: 8. */
  count?: number;
  /** Computes the same with the operation that trains; the widget shows how far the two are apart. */
  check?: (input: {images: Rows; captions: Rows; t: number}) => Promise<Partial<Record<keyof LossSteps, number | Rows | number[]>>>;
  /** Embeds sentences, so that captions can be edited: [texts.length, width]; and a picture, uint8 RGB [1, dropPx, dropPx, 3], where `dropPx` is given. */
  embed?: (what: {texts?: string[]; pixels?: Uint8Array}) => Promise<{texts?: Float32Array; images?: Float32Array; width: number}>;
  /** Side that a picture of the reader's own is cut to; without it none is taken. */
  dropPx?: number;
  /** Sets a formula written in TeX; where it is absent the TeX itself is shown. The widget shows nothing before all formulas have their room. */
  formula?: SetFormula;
  /** The stop shown first. */
  stage?: string;
  invalidation?: Promise<unknown>;
}

export type LossMicroscope = HTMLElement & {
  /** The stop shown, and everything computed. */
  readonly value: {stage: string; steps: LossSteps | null; error: number | null};
  stage: string;
  /** What a link carries: the stop shown. */
  linkState: string | undefined;
  update(frame: MicroscopeFrame): void;
};

/** The loss microscope. Arrow keys in the row of stops go through the computation; pointing at a formula, a line or a stop lights all three. */
export function lossMicroscope(options: LossMicroscopeOptions): LossMicroscope {
  const {steps: compute, source, pairs, count = 8, check, embed, dropPx, formula: setFormula, invalidation} = options;
  const thumbnails = thumbnailsOf(pairs);
  let frame: MicroscopeFrame | null = null;
  let steps: LossSteps | null = null;
  let captions: string[] = [];
  let edited: {rows: Rows; captions: string[]} | null = null;
  const placed = new Map<number, {canvas: HTMLCanvasElement; embedding: number[]}>();
  let chosen = Math.max(0, stages.findIndex(({key}) => key === options.stage));
  let hovered: number | null = null;
  let at = {i: 0, j: 0};
  let places: MicroscopePlaces | null = null;
  let error: number | null = null;

  const name = `d-microscope-${instances++}`;
  const stops = stages.map(({label, key}, k) => {
    const input = html("input", {type: "radio", name, value: key, checked: k === chosen});
    return html("label", {onpointerenter: () => hover(k), onpointerleave: () => hover(null)}, input, label);
  });
  const stopRow = html("fieldset", {class: "d-segments d-stops", "aria-label": "Steps of the computation"}, ...stops);
  const next = html("button", {type: "button", class: "d-button", onclick: () => choose((chosen + 1) % stages.length)}, "Next step");
  const terms = stages.map(({tex}, k) => formulaTerm(tex, setFormula, () => hover(k), () => hover(null)));
  let isSet = setFormula === undefined;
  const formula = html("div", {class: "d-formula"}, ...terms.map(({element}) => element));
  const lines = markedLines(source);
  const code = html("pre", {class: "d-code", tabindex: 0, "aria-label": "The source"}, ...lines.map(({code, name}) => {
    const stage = stages.findIndex((candidate) => candidate.lines.includes(name));
    return html("code", {"data-line": name, onpointerenter: () => hover(stage < 0 ? null : stage), onpointerleave: () => hover(null)}, code, "\n");
  }));
  const picture = svg("svg", {tabindex: 0, role: "application", "aria-roledescription": "matrix of the computation"});
  const stageBox = html("div", {class: "d-stage"}, picture);
  const says = html("p", {class: "d-says"});
  const example = html("p", {class: "d-example"});
  const badge = html("p", {class: check ? "d-note d-badge" : "d-note"});
  const waiting = html("p", {class: "d-waiting"}, `The loss of ${count} pairs appears with the first frame of a run.`);
  const own = html("details", {class: "d-tools"}, html("summary", {}, "Try your own"));
  const body = html("div", {class: "d-microscope-body"}, stageBox, html("div", {}, says, example, formula, badge));
  const live = liveRegion();
  const table = () => tableOf(steps, stages[chosen].key);
  const base = root("microscope", html("div", {class: "d-row d-stop-row"}, stopRow, next), waiting, body, code, own, tools("loss", table, stageBox), live.element);

  const shown = () => hovered ?? chosen;
  const hover = (k: number | null) => {
    hovered = k;
    draw();
  };
  const choose = (k: number, say = true) => {
    chosen = k;
    hovered = null;
    stops[k].querySelector("input")!.checked = true;
    draw();
    if (say && steps && frame) live.say(`${stages[k].label}: ${stages[k].says(steps, frame.logitScaleLog)}`);
    emitInput(base);
  };
  stopRow.addEventListener("input", (event) => {
    event.stopPropagation();
    choose(stages.findIndex(({key}) => key === (event.target as HTMLInputElement).value));
  });

  const draw = scheduled(() => {
    const width = base.clientWidth;
    const isShown = steps !== null && isSet;
    waiting.hidden = isShown;
    body.hidden = code.hidden = !isShown;
    own.hidden = !embed || !isShown;
    const stage = stages[shown()];
    formula.childNodes.forEach((node, k) => (node as HTMLElement).classList.toggle("d-now", k === shown()));
    stops.forEach((node, k) => node.classList.toggle("d-hover", k === hovered));
    code.childNodes.forEach((node, k) => (node as HTMLElement).classList.toggle("d-now", stage.lines.includes(lines[k].name)));
    if (!steps || !frame || width === 0) return;
    const em = typeSize(base);
    const wide = width >= 52 * em;
    body.style.gridTemplateColumns = wide ? "minmax(0, 1.35fr) minmax(0, 1fr)" : "minmax(0, 1fr)";
    const room = wide ? 0.56 * width : width;
    places = drawMicroscope(picture, {stage, steps, width: room, em, captions, picture: (i) => placed.get(i)?.canvas ?? thumbnails.get(frame!.watched.indices[i]), at});
    stageBox.style.height = `${places.height}px`;
    set(picture, {"aria-label": `${stage.label}. ${steps.n} images by ${steps.n} captions. Arrow keys walk the cells.`});
    says.textContent = stage.says(steps, frame.logitScaleLog);
    example.textContent = stage.example ? `Here: ${stage.example(steps, frame.logitScaleLog, at.i, at.j)}.` : "";
    example.hidden = !stage.example;
  }, base);
  void Promise.all(terms.map(({settled}) => settled)).then(() => {
    isSet = true;
    draw();
  });

  const run = () => {
    if (!frame) return;
    const {images: own, captions: words} = rowsOf(frame.watched, count);
    const images = own.map((row, i) => placed.get(i)?.embedding ?? row);
    captions = edited?.captions ?? Array.from(frame.watched.indices.slice(0, count), (index, k) => pairs?.captions[index]?.[frame!.watched.captionIndices[k]] ?? `caption ${k + 1}`);
    const rows = edited?.rows ?? words;
    steps = images.length > 0 ? compute(images, rows, frame.logitScaleLog) : null;
    waiting.textContent = steps ? "The formulas are on their way." : "There is no pair to compute the loss of.";
    at = {i: Math.min(at.i, images.length - 1), j: Math.min(at.j, images.length - 1)};
    thumbnails.want(frame.watched.indices.slice(0, count), draw);
    const computed = steps;
    if (computed && check) void check({images, captions: rows, t: frame.logitScaleLog}).then((other) => {
      const found = (error = largestDifference(other, computed));
      badge.textContent = found <= 1e-5 ? `✓ The fast code that trains, in kernels, gives the same numbers and gradients at every stage, to ${number(Math.max(found, 1e-9), 2)}.` : `The fast code that trains differs by ${number(found, 2)}.`;
    });
    draw();
  };
  const update = (newest: MicroscopeFrame) => {
    const first = frame === null;
    frame = newest;
    run();
    if (first && embed) own.append(editor(embed));
  };

  const editor = (embed: NonNullable<LossMicroscopeOptions["embed"]>) => {
    const changed = () => {
      run();
      emitInput(base);
    };
    return ownPairs({
      captions,
      dropPx,
      async write(texts) {
        const {texts: rows, width} = await embed({texts});
        if (rows) edited = {captions: texts, rows: texts.map((_, k) => Array.from(rows.subarray(k * width, (k + 1) * width)))};
        changed();
      },
      async place(image, picture) {
        if (!picture) placed.delete(image);
        else {
          const {images: row} = await embed({pixels: picture.pixels});
          if (row) placed.set(image, {canvas: canvasOfPicture(picture), embedding: Array.from(row)});
        }
        changed();
      }
    });
  };

  const pointAt = (place: {i: number; j: number}) => {
    if (!steps || (place.i === at.i && place.j === at.j)) return;
    at = place;
    draw();
  };
  stageBox.addEventListener("pointermove", (event) => {
    if (!steps || !places) return;
    const box = picture.getBoundingClientRect();
    const i = Math.floor((event.clientY - box.top - places.top) / places.cell);
    const j = Math.floor((event.clientX - box.left - places.left) / places.cell);
    if (i >= 0 && i < steps.n && j < steps.n) pointAt({i, j: j < 0 ? i : j});
  });
  picture.addEventListener("keydown", (event) => {
    const move = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]}[event.key];
    if (!move || !steps || !frame) return;
    event.preventDefault();
    const inside = (k: number) => Math.max(0, Math.min(steps!.n - 1, k));
    pointAt({i: inside(at.i + move[0]), j: inside(at.j + move[1])});
    live.say(`image ${at.i + 1}, caption ${at.j + 1}: ${stages[chosen].example?.(steps, frame.logitScaleLog, at.i, at.j) ?? stages[chosen].label}`);
  });

  watchLook(base, draw, invalidation);
  follow({frames: options.frames, invalidation}, update, (failure) => (waiting.textContent = String(failure)));
  draw();
  const element: LossMicroscope = extend(base, {
    get value() {
      return {stage: stages[chosen].key, steps, error};
    },
    get stage() {
      return stages[chosen].key;
    },
    set stage(key: string) {
      const k = stages.findIndex((stage) => stage.key === key);
      if (k < 0) throw new RangeError(`lossMicroscope: expected one of ${stages.map((stage) => stage.key).join(", ")}; got ${key}`);
      chosen = k;
      stops[k].querySelector("input")!.checked = true;
      draw();
    },
    get linkState() {
      return chosen > 0 ? stages[chosen].key : undefined;
    },
    set linkState(key: string | undefined) {
      if (stages.some((stage) => stage.key === key)) element.stage = key!;
    },
    update
  });
  return element;
}
let instances = 0;

function rowsOf({imageEmbeddings, captionEmbeddings, width, indices}: EmbeddedPairs, count: number): {images: Rows; captions: Rows} {
  const rows = (from: Float32Array) => Array.from({length: Math.min(count, indices.length)}, (_, i) => Array.from(from.subarray(i * width, (i + 1) * width)));
  return {images: rows(imageEmbeddings), captions: rows(captionEmbeddings)};
}

function tableOf(steps: LossSteps | null, key: string) {
  const stage = stages.find((candidate) => candidate.key === key)!;
  const cells = stage.picture.kind === "cells" && steps ? stage.picture.cells(steps) : (steps?.d_cosines ?? []);
  return {columns: ["image", "caption", stage.label], rows: cells.flatMap((row, i) => row.map((value, j) => [i + 1, j + 1, value]))};
}
