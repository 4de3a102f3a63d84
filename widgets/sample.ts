/** Small fixed pairs and a pretended run, for the gallery and the tests. Nothing is learned here. */
import {randomLcg, randomNormal} from "d3";
import type {Snapshot} from "../src/train/protocol.ts";
import type {Pairs} from "./shared/pairs.ts";

const shapes = ["ball", "box", "tent", "ring"];
const colours: Record<string, [number, number, number]> = {red: [214, 60, 52], yellow: [240, 190, 50], green: [70, 150, 80], blue: [62, 110, 190], white: [245, 243, 236], pink: [228, 130, 170]};
const grounds: Record<string, [[number, number, number], [number, number, number]]> = {
  "on the beach": [[156, 210, 235], [236, 214, 160]],
  "in the snow": [[186, 202, 220], [246, 248, 250]],
  "on green grass": [[170, 218, 240], [130, 180, 84]],
  "at night": [[28, 34, 66], [52, 62, 92]]
};
const sizePx = 32;

/** `count` pairs of a coloured thing on a ground, two captions each; all different up to 96. */
export function samplePairs({count = 64, seed = 1} = {}): Pairs {
  const random = randomLcg(seed / 97);
  const all = shapes.flatMap((shape) => Object.keys(colours).flatMap((colour) => Object.keys(grounds).map((ground) => ({shape, colour, ground}))));
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  const scenes = Array.from({length: count}, (_, i) => all[i % all.length]);
  return {
    ids: scenes.map((_, i) => `sample-${String(i).padStart(3, "0")}`),
    captions: scenes.map(({shape, colour, ground}) => [`a ${colour} ${shape} ${ground}`, `${ground} there is a ${shape}, and it is ${colour}`]),
    factors: {shape: scenes.map((scene) => scene.shape), colour: scenes.map((scene) => scene.colour), ground: scenes.map((scene) => scene.ground)},
    splits: scenes.map((_, i) => (i % 8 === 7 ? "test" : "train")),
    async thumbnails(indices) {
      const pixels = new Uint8ClampedArray(indices.length * sizePx * sizePx * 4);
      indices.forEach((index, k) => paint(pixels.subarray(k * sizePx * sizePx * 4, (k + 1) * sizePx * sizePx * 4), scenes[index]));
      return {sizePx, pixels};
    }
  };
}

function paint(pixels: Uint8ClampedArray, {shape, colour, ground}: {shape: string; colour: string; ground: string}): void {
  const [sky, floor] = grounds[ground];
  for (let y = 0; y < sizePx; y++)
    for (let x = 0; x < sizePx; x++) {
      const [u, v] = [(x + 0.5) / sizePx - 0.5, (y + 0.5) / sizePx - 0.55];
      const distance = {ball: Math.hypot(u, v) - 0.26, box: Math.max(Math.abs(u), Math.abs(v)) - 0.23, tent: Math.max(v - 0.24, Math.abs(u) * 0.9 + v * 0.5 - 0.15), ring: Math.abs(Math.hypot(u, v) - 0.22) - 0.07}[shape]!;
      const cover = Math.max(0, Math.min(1, 0.5 - distance * sizePx));
      const back = y > sizePx * 0.62 ? floor : sky;
      for (let c = 0; c < 3; c++) pixels[(y * sizePx + x) * 4 + c] = back[c] + cover * (colours[colour][c] - back[c]);
      pixels[(y * sizePx + x) * 4 + 3] = 255;
    }
}

/** A frame of a pretended run over the first `count` pairs: at `progress` 0 chance, at 1 well aligned. */
export function sampleFrame(pairs: Pairs, {count = 64, progress = 1, steps = 200, seed = 1, width = 24} = {}): Snapshot {
  const normal = randomNormal.source(randomLcg(seed / 89))();
  const draw = () => Float32Array.from({length: width}, () => normal());
  const codes = new Map<string, Float32Array>();
  const codeOf = (word: string) => codes.get(word) ?? (codes.set(word, draw()), codes.get(word)!);
  const gaps = [draw(), draw()];
  const embed = (noise: Float32Array[], side: 0 | 1) =>
    noise.flatMap((own, i) => {
      const meaning = Object.entries(pairs.factors ?? {}).map(([name, values]) => codeOf(`${name}:${values[i]}`));
      const row = Array.from(own, (value, k) => progress * meaning.reduce((sum, code) => sum + code[k], 0) + (1.6 - progress) * value + (1.9 - 1.2 * progress) * gaps[side][k]);
      const length = Math.hypot(...row);
      return row.map((value) => value / length);
    });
  const shared = Array.from({length: count}, draw);
  const images = embed(shared.map((own) => own.map((value) => progress * value + (1 - progress) * normal())), 0);
  const captions = embed(shared.map((own) => own.map((value) => progress * 0.6 * value + (1 - 0.6 * progress) * normal())), 1);
  const step = Math.round(progress * steps);
  const lossHistory = Float32Array.from({length: step}, (_, k) => Math.log(count) * (0.12 + 0.88 * Math.exp((-3.2 * k) / steps)) + 0.14 * normal());
  const loss = step > 0 ? lossHistory[step - 1] : NaN;
  return {
    step,
    steps,
    state: step === 0 ? "idle" : step < steps ? "running" : "finished",
    seconds: step * 0.11,
    loss,
    lossImage: loss - 0.08,
    lossText: loss + 0.08,
    lossHistory,
    logitScaleLog: Math.log(1 / 0.07) + 0.5 * progress,
    scaleHistory: Float32Array.from({length: step}, (_, k) => Math.exp(Math.log(1 / 0.07) + (0.5 * k) / steps)),
    learningRate: 1e-3,
    gradientNorm: 1,
    batchSize: count,
    error: null,
    map: null,
    watched: {step, indices: Int32Array.from({length: count}, (_, k) => k), captionIndices: new Int32Array(count), imageEmbeddings: Float32Array.from(images), captionEmbeddings: Float32Array.from(captions), width},
    heldOut: {step, imageToText: {1: 1 / 64 + 0.58 * progress, 5: 5 / 64 + 0.8 * progress}, textToImage: {1: 1 / 64 + 0.55 * progress, 5: 5 / 64 + 0.78 * progress}, gallery: 64, captions: 64}
  };
}
