/** The page on which the widgets are tried and tested: each with fixed data, and in the states that data may bring. */
import "@fontsource-variable/source-sans-3/wght.css";
import * as widgets from "../../notebooks/site/widgets.ts";
import {sampleFrame, samplePairs} from "../../widgets/sample.ts";
import {isDrawingDue} from "../../widgets/shared/live.ts";
import {measureEntries} from "./measure-gallery.ts";

const pairs = samplePairs({count: 64});
const frame = sampleFrame(pairs, {progress: 0.8});

/** Places by two random directions: good enough to draw. */
function placesOf({watched}: typeof frame) {
  const project = (rows: Float32Array, seed: number) => Float32Array.from({length: rows.length / watched.width}, (_, i) => {
    let sum = 0;
    for (let k = 0; k < watched.width; k++) sum += rows[i * watched.width + k] * Math.sin((k + 1) * (seed + 1.7));
    return sum;
  });
  return {
    ids: Array.from(watched.indices, (i) => pairs.ids[i]),
    images: {x: project(watched.imageEmbeddings, 1), y: project(watched.imageEmbeddings, 2)},
    captions: {x: project(watched.captionEmbeddings, 1), y: project(watched.captionEmbeddings, 2)}
  };
}

function pretendedRun() {
  const calls: unknown[][] = [];
  const note = (name: string) => (...args: unknown[]) => void calls.push([name, ...args]);
  return {calls, play: note("play"), pause: note("pause"), step: note("step"), restart: note("restart"), set: note("set")};
}

/** What stands on the page, by name; a test asks for one or more in the address: `?show=matrix,curve`. */
const entries: Record<string, () => HTMLElement> = {
  controls() {
    const run = pretendedRun();
    const element = widgets.runControls(run, {steps: 200, backend: {name: "WebAssembly on 2 threads", reason: "this machine has no graphics card that the browser may use"}});
    element.update(sampleFrame(pairs, {progress: Number(address.get("progress") ?? 0.42)}));
    return Object.assign(element, {run});
  },
  kept() {
    const shelf = new Map(["one", "two"].map((name, k) => [name, {name, bytes: 4.1e6, model: "vit-tiny", step: 250, steps: 250, loss: 1 + k, keptIn: k === 0 ? ("disk" as const) : ("memory" as const)}]));
    const keep = async (_: unknown, name: string) => {
      if (name === "full") throw new Error("there is no room for it");
      shelf.set(name, {...shelf.get("one")!, name});
    };
    return widgets.keptRunList({store: {list: async () => [...shelf.values()], keep, delete: async (name) => shelf.delete(name)}, run: {info: {id: "pretended"}}});
  },
  recall() {
    const element = widgets.recallSentence();
    element.update(frame);
    return element;
  },
  curve() {
    const element = widgets.lossCurve();
    element.update(frame);
    return element;
  },
  halves() {
    const element = widgets.lossCurve({halves: true});
    for (let k = 1; k <= 10; k++) element.update(sampleFrame(pairs, {progress: k / 10, steps: 3000}));
    return element;
  },
  temperature() {
    const element = widgets.temperatureSlider();
    element.update(frame);
    return element;
  },
  matrix() {
    const temperature = document.querySelector<HTMLElement & {value: number}>(".d-temperature") ?? undefined;
    const element = widgets.similarityMatrix({pairs, temperature});
    element.update(frame);
    return element;
  },
  small() {
    const element = widgets.similarityMatrix({pairs});
    element.update(sampleFrame(pairs, {progress: 0.7, count: 8}));
    return element;
  },
  microscope() {
    const element = widgets.lossMicroscope({pairs, stage: address.get("stage") ?? "probabilities", dropPx: 8, embed: async ({texts = [], pixels}) => ({texts: frame.watched.captionEmbeddings.slice(0, texts.length * frame.watched.width), images: pixels && frame.watched.imageEmbeddings.slice(-frame.watched.width), width: frame.watched.width})});
    element.update(frame);
    return element;
  },
  temperatures() {
    const element = widgets.temperatureMicroscope({pairs, value: 0.2});
    element.update(frame);
    return element;
  },
  film() {
    const element = widgets.trainingFilm({pairs, selection: widgets.createSelection(), branch: async function* () {}});
    for (let k = 0; k <= 20; k++) element.update(sampleFrame(pairs, {progress: k / 20}));
    return element;
  },
  honest() {
    const element = widgets.honestMap({pairs, selection: widgets.createSelection(), projection: (address.get("projection") ?? "pca") as "pca"});
    element.update(frame);
    return element;
  },
  beside() {
    const element = widgets.sideBySide({pairs, titles: ["early", "late"], view: (address.get("beside") ?? "matrix") as "map", selection: widgets.createSelection()});
    element.update({left: {embedded: sampleFrame(pairs, {progress: 0.3}).watched}, right: {embedded: frame.watched}});
    return element;
  },
  cosine() {
    const {imageEmbeddings, captionEmbeddings, width} = frame.watched;
    const dot = (i: number, j: number) => imageEmbeddings.subarray(i * width, (i + 1) * width).reduce((sum, value, k) => sum + value * captionEmbeddings[j * width + k], 0);
    const background = (i: number) => ({index: i, cosines: Float32Array.from({length: 64}, (_, j) => dot(i, j)), own: i, gibberish: Float32Array.from({length: 40}, (_, k) => 0.1 * Math.sin(3 * k) + 0.02)});
    let turn = 3;
    return widgets.cosineMeaning({pairs, background: background(3), flags: ["a red kite", "a blue ball on green grass"], score: (texts, i) => texts.map((text) => dot(i, text.length)), another: () => background(++turn)});
  },
  twins: () => widgets.twinCaptions({pairs, twins: [{a: {row: 0, caption: 0}, b: {row: 3, caption: 0}, overlap: 0.85}]}),
  map() {
    const element = widgets.jointMap({pairs});
    element.update(placesOf(frame));
    return element;
  },
  coloured() {
    const element = widgets.jointMap({pairs, colourBy: "shape", lines: "all", selection: widgets.createSelection()});
    element.update(placesOf(frame));
    return element;
  }
};

const address = new URLSearchParams(location.search);
Object.assign(entries, measureEntries(pairs));
const shown = address.get("show")?.split(",") ?? Object.keys(entries);
document.documentElement.dataset.theme = address.get("theme") ?? "light";
const main = document.querySelector("main")!;
const made: Record<string, HTMLElement> = {};
for (const name of shown) {
  made[name] = entries[name]();
  made[name].dataset.entry = name;
  main.append(made[name]);
}
Object.assign(globalThis, {isDrawingDue, widgets, made, pairs, frame, sampleFrame, samplePairs, placesOf});
