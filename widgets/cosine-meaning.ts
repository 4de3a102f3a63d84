/** What does a cosine of 0.27 mean? One image's cosines over many captions as a landscape, and sentences as flags in it. Embeds nothing itself. */
import {bin, scaleLinear} from "d3";
import {emitInput, extend, html, liveRegion, redraw, root, set, svg} from "./shared/dom.ts";
import {tools} from "./shared/files.ts";
import {freeStart, placeFlags} from "./shared/flag-words.ts";
import {scheduled, typeSize, watchLook} from "./shared/live.ts";
import {finiteExtent} from "./shared/matrix.ts";
import type {Pairs} from "./shared/pairs.ts";
import {thumbnailsOf} from "./shared/pairs.ts";
import {fixed, number, quoted, shorten} from "./shared/text.ts";

/** One image's cosines with the captions of a background, and with nonsense. */
export interface CosineBackground {
  /** Row of the image in `pairs`, or -1. */
  index: number;
  cosines: ArrayLike<number>;
  /** The captions themselves, in the same order, to show the best. */
  captions?: string[];
  gibberish?: ArrayLike<number>;
  /** Place of the image's own caption in `cosines`. */
  own?: number;
}

export interface CosineMeaningOptions {
  background?: CosineBackground;
  /** Cosines of sentences with the image shown. */
  score?: (texts: string[], index: number) => Promise<ArrayLike<number>> | ArrayLike<number>;
  /** Another image; without it there is no button. */
  another?: () => Promise<CosineBackground> | CosineBackground;
  flags?: string[];
  pairs?: Pairs;
  invalidation?: Promise<unknown>;
}

export interface Flag {
  text: string;
  cosine: number;
  /** Share of the background that lies below, 0 to 1. */
  percentile: number;
  /** Standard deviations above the background's mean. */
  z: number;
  /** Cosine less the best of the background's other captions. */
  margin: number;
}

export type CosineMeaning = HTMLElement & {
  readonly value: {mean: number; deviation: number; flags: Flag[]};
  /** What a link carries: the sentences planted. */
  linkState: string[] | undefined;
  update(background: CosineBackground): Promise<void>;
};

/** Mean and standard deviation (of the sample) of the background, and where a cosine stands in it. */
export function standing(cosine: number, background: ArrayLike<number>): {mean: number; deviation: number; percentile: number; z: number; margin: number} {
  const n = background.length;
  let mean = 0;
  let below = 0;
  let best = -Infinity;
  for (let k = 0; k < n; k++) {
    mean += background[k] / n;
    if (background[k] < cosine) below++;
    best = Math.max(best, background[k]);
  }
  let square = 0;
  for (let k = 0; k < n; k++) square += (background[k] - mean) ** 2;
  const deviation = Math.sqrt(square / Math.max(1, n - 1));
  return {mean, deviation, percentile: n ? below / n : NaN, z: deviation > 0 ? (cosine - mean) / deviation : NaN, margin: cosine - best};
}

/** The landscape of one image's cosines; type a sentence to plant a flag. */
export function cosineMeaning(options: CosineMeaningOptions = {}): CosineMeaning {
  const {score, another, pairs, invalidation} = options;
  const thumbnails = thumbnailsOf(pairs);
  let background: CosineBackground | null = null;
  let texts = options.flags?.slice() ?? [];
  let flags: Flag[] = [];
  let turn = 0;

  const picture = svg("svg", {role: "img"});
  const stage = html("div", {class: "d-stage"}, picture);
  const thumb = html("canvas", {class: "d-thumb d-large", width: 1, height: 1, "aria-hidden": true});
  const says = html("p", {class: "d-says"});
  const waiting = html("p", {class: "d-waiting"}, "Here one image’s cosines will stand, as soon as there is a model to compute them.");
  const text = html("input", {type: "text", class: "d-text", placeholder: "a sentence about this image, or nonsense", "aria-label": "a sentence to compare with the image"});
  // No form: a sandboxed frame may not submit one.
  const form = html("div", {class: "d-flags"}, text, html("button", {type: "button", class: "d-button", onclick: () => plantTyped()}, "Plant a flag"), html("button", {type: "button", class: "d-button", onclick: () => void plant([])}, "Clear"), another && html("button", {type: "button", class: "d-button", onclick: () => void change()}, "Another image"));
  const top = html("div", {class: "d-cosine-top"}, thumb, says);
  const live = liveRegion();
  const table = () => ({columns: ["sentence", "cosine", "percentile", "z", "margin"], rows: flags.map(({text, cosine, percentile, z, margin}) => [text, cosine, 100 * percentile, z, margin])});
  const element = root("cosine", waiting, top, stage, form, tools("cosines", table, stage), live.element);

  const draw = scheduled(() => {
    const width = element.clientWidth;
    const extent = background && finiteExtent(background.cosines);
    waiting.hidden = Boolean(extent);
    if (background && !extent) waiting.textContent = "There is no finite cosine to show.";
    top.hidden = stage.hidden = form.hidden = !extent;
    form.hidden ||= !score;
    if (!background || !extent || width === 0) return;
    thumbnails.want([background.index], draw);
    const picked = thumbnails.get(background.index);
    if (picked) {
      set(thumb, {width: picked.width, height: picked.height});
      thumb.style.imageRendering = picked.width > 64 ? "auto" : "pixelated";
      thumb.getContext("2d")!.drawImage(picked, 0, 0);
    }
    thumb.hidden = !picked;
    says.textContent = sentenceOf(background, flags);
    const height = drawLandscape(picture, {background, flags, width, em: typeSize(element)});
    stage.style.height = `${height}px`;
  }, element);
  const plant = async (next: string[]) => {
    const mine = ++turn;
    const cosines = next.length && score && background ? await score(next, background.index) : [];
    if (mine !== turn || !background) return;
    texts = next;
    flags = next.map((text, k) => flagOf(text, cosines[k], background!));
    const newest = flags.at(-1);
    if (newest) live.say(`${newest.text}: cosine ${fixed(newest.cosine)}, above ${number(100 * newest.percentile)} per cent of the captions`);
    draw();
    emitInput(element);
  };
  const change = async () => {
    if (another) await update(await another());
  };
  const plantTyped = () => {
    const words = text.value.trim();
    if (words === "") return;
    text.value = "";
    void plant([...texts.filter((other) => other !== words), words].slice(-6));
  };
  text.addEventListener("keydown", (event) => event.key === "Enter" && plantTyped());
  form.addEventListener("input", (event) => event.stopPropagation());

  const update = async (next: CosineBackground) => {
    background = next;
    draw();
    await plant(texts);
  };
  watchLook(element, draw, invalidation);
  if (options.background) void update(options.background);
  draw();
  return extend(element, {
    get value() {
      const {mean, deviation} = standing(0, background?.cosines ?? []);
      return {mean, deviation, flags};
    },
    get linkState() {
      return String(texts) === String(options.flags ?? []) ? undefined : texts;
    },
    set linkState(next: string[] | undefined) {
      if (Array.isArray(next)) void plant((texts = next.map(String).slice(-6)));
    },
    update
  });
}

function flagOf(text: string, cosine: number, {cosines, own}: CosineBackground): Flag {
  const others = own === undefined ? cosines : Array.from(cosines).filter((_, k) => k !== own);
  const {percentile, z} = standing(cosine, cosines);
  return {text, cosine, percentile, z, margin: standing(cosine, others).margin};
}

function sentenceOf({cosines, gibberish, own}: CosineBackground, flags: Flag[]): string {
  const {mean, deviation} = standing(0, cosines);
  const rest = gibberish?.length ? ` Nonsense reaches ${fixed(standing(0, gibberish).mean)}.` : "";
  const flag = flags.at(-1);
  if (flag) return `${quoted(shorten(flag.text, 60))} has cosine ${fixed(flag.cosine)}: ${standsWhere(flag)}.`;
  const self = own === undefined ? "" : ` Its own caption has ${fixed(cosines[own])}.`;
  return `Over ${number(cosines.length)} captions this image’s cosines lie about ${fixed(mean)}, give or take ${fixed(deviation)}.${self}${rest}`;
}

/** Width of a letter, in em: a little more than it mostly is. */
const letter = 0.56;

/** A flag's percentile, deviations and margin in words, those that there are: one caption has no mean to deviate from, nor another to be ahead of. */
function standsWhere({percentile, z, margin}: Flag): string {
  const deviations = Number.isFinite(z) ? `, ${fixed(z, 1)} deviations from their mean` : "";
  const lead = Number.isFinite(margin) ? `, and ${fixed(Math.abs(margin))} ${margin >= 0 ? "ahead of" : "behind"} the best of them` : "; there is no other caption to be ahead of";
  return `above ${number(100 * percentile)} % of the captions${deviations}${lead}`;
}

interface Landscape {
  background: CosineBackground;
  flags: Flag[];
  width: number;
  em: number;
}

/** Bars of how many captions have which cosine; nonsense as an outline; the own caption and the flags as poles with words. */
function drawLandscape(picture: SVGSVGElement, {background, flags, width, em}: Landscape): number {
  const {cosines, gibberish, own} = background;
  const values = Array.from(cosines).filter(Number.isFinite);
  const nonsense = Array.from(gibberish ?? []).filter(Number.isFinite);
  const [low, high] = finiteExtent([...values, ...nonsense, ...flags.map(({cosine}) => cosine)])!;
  const pad = Math.max(0.02, (high - low) * 0.06);
  const left = 0.5 * em;
  const x = scaleLinear([low - pad, high + pad], [left, width - 0.5 * em]).nice();
  const poles = [...(own === undefined ? [] : [{words: "its own caption", cosine: cosines[own], class: "d-t-pair", mark: "d-own-pole"}]), ...flags.map(({text, cosine}) => ({words: text, cosine, class: "d-t-caption", mark: "d-flag-pole"}))].filter(({cosine}) => Number.isFinite(cosine));
  const flagRoom = (poles.length + 1.1) * 1.5 * em;
  const height = flagRoom + 13 * em + 3.2 * em;
  const ground = height - 3.2 * em;
  const bins = bin().domain(x.domain() as [number, number]).thresholds(x.ticks(Math.min(60, Math.round(width / (1.1 * em)))));
  const bars = bins(values);
  const y = scaleLinear([0, Math.max(1, ...bars.map((bar) => bar.length)) / values.length], [ground, flagRoom]);
  set(picture, {width, height, "aria-label": `Cosines of one image with ${values.length} captions, from ${fixed(low)} to ${fixed(high)}.`});
  const parts: SVGElement[] = bars.map((bar) => svg("rect", {x: x(bar.x0!) + 0.5, width: Math.max(1, x(bar.x1!) - x(bar.x0!) - 1), y: y(bar.length / values.length), height: ground - y(bar.length / values.length), class: "d-hill", "data-count": bar.length}));
  if (nonsense.length > 0) {
    const steps = bins(nonsense);
    const most = Math.max(...steps.map((step) => step.length)) / nonsense.length;
    const shrink = Math.min(1, y.domain()[1] / most);
    const level = (count: number) => y((count / nonsense.length) * shrink);
    parts.push(svg("path", {class: "d-nonsense", d: `M${x(steps[0].x0!)},${ground}${steps.map((step) => `L${x(step.x0!)},${level(step.length)}L${x(step.x1!)},${level(step.length)}`).join("")}L${x(steps.at(-1)!.x1!)},${ground}`}));
    const peak = steps.reduce((a, b) => (b.length > a.length ? b : a));
    const long = letter * em * "nonsense".length;
    const start = freeStart(x((peak.x0! + peak.x1!) / 2) - long / 2, long, poles.map(({cosine}) => x(cosine)), {gap: 0.3 * em, width});
    parts.push(svg("text", {x: start, y: level(peak.length) - 0.4 * em, class: "d-t-chance d-halo"}, "nonsense"));
  }
  parts.push(svg("line", {x1: left, x2: width - 0.5 * em, y1: ground, y2: ground, class: "d-axis"}));
  for (const tick of x.ticks(Math.max(3, Math.floor(width / (6 * em))))) {
    const label = number(tick, 4);
    if (x(tick) < 1.2 * em || x(tick) > width - 1.2 * em) continue;
    parts.push(svg("text", {x: x(tick), y: ground + 1.3 * em, "text-anchor": "middle", class: "d-soft"}, label));
  }
  parts.push(svg("text", {x: width / 2, y: height - 0.4 * em, "text-anchor": "middle", class: "d-soft"}, `cosine with the image; a bar's height: how many of ${number(values.length)} captions`));
  const most = Math.max(12, Math.floor(width / em / 1.4));
  const texts = poles.map(({words, cosine}) => `${shorten(words, most)} ${fixed(cosine)}`);
  const longs = texts.map((text) => letter * em * text.length);
  const places = placeFlags(poles.map(({cosine}, k) => ({at: x(cosine), long: longs[k]})), {em, width});
  poles.forEach(({words, cosine, mark, ...pole}, k) => {
    const {row, start, room, over} = places[k];
    const at = x(cosine);
    const top = 0.9 * em + row * 1.5 * em;
    const text = room < longs[k] ? `${shorten(words, Math.max(3, Math.floor(room / em / letter) - fixed(cosine).length - 1))} ${fixed(cosine)}` : texts[k];
    const beside = start > at ? {x: start, "text-anchor": "start"} : {x: start + room, "text-anchor": "end"};
    parts.push(svg("line", {x1: at, x2: at, y1: top + (over ? 0.7 : -0.5) * em, y2: ground, class: mark}), svg("text", {...(over ? {x: start + room / 2, "text-anchor": "middle"} : beside), y: top + 0.33 * em, class: `${pole.class} d-halo d-strong`}, text));
  });
  redraw(picture, parts);
  return height;
}
