/** The gallery's entries for the widgets of measuring, with fixed data. */
import * as widgets from "../../widgets/index.ts";
import {sampleFrame} from "../../widgets/sample.ts";
import type {Pairs} from "../../widgets/shared/pairs.ts";

const unit = (row: number[]) => row.map((v) => v / Math.hypot(...row));
const wave = (n: number) => Math.sin(n * 12.9898) * 0.5;

/** Entries by name; each makes its element anew. */
export function measureEntries(pairs: Pairs): Record<string, () => HTMLElement> {
  const {watched} = sampleFrame(pairs, {progress: 0.9});
  const width = watched.width;
  const dot = (a: Float32Array, i: number, b: Float32Array, j: number) => {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += a[i * width + k] * b[j * width + k];
    return sum;
  };
  const all = Array.from(watched.indices, (row, i) => ({row, i}));
  const shapes = [...new Set(pairs.factors!.shape)].map(String);
  const truth = all.map(({row}) => shapes.indexOf(String(pairs.factors!.shape[row])));
  const centre = (c: number) => unit(Array.from({length: width}, (_, k) => all.reduce((sum, {i}) => sum + (truth[i] === c ? watched.captionEmbeddings[i * width + k] : 0), 0)));
  return {
    retrieval() {
      const element = widgets.retrieval({
        pairs,
        dropPx: 32,
        examples: [{text: pairs.captions[3][0], row: 3}, {text: pairs.captions[17][0], row: 17}],
        findPictures: async (sentence) => {
          const from = Math.max(0, pairs.captions.findIndex((captions) => captions.includes(sentence)));
          return all.map(({row, i}) => ({row, similarity: dot(watched.captionEmbeddings, from, watched.imageEmbeddings, i)})).sort((a, b) => b.similarity - a.similarity);
        },
        findSentences: async (picture) => {
          const from = "row" in picture ? picture.row : 5;
          return all.map(({row, i}) => ({row, text: pairs.captions[row][0], similarity: dot(watched.imageEmbeddings, from, watched.captionEmbeddings, i)})).sort((a, b) => b.similarity - a.similarity);
        }
      });
      void element.search(pairs.captions[3][0]);
      return element;
    },
    slice: () =>
      widgets.decisionSlice({
        data: {
          labels: shapes,
          weights: Float32Array.from(shapes.flatMap((_, c) => centre(c))),
          width,
          scale: 14,
          prompts: {embeddings: watched.captionEmbeddings.slice(0, 16 * width), classes: truth.slice(0, 16)},
          images: {embeddings: watched.imageEmbeddings, truth}
        }
      }),
    counts: () => widgets.confusionMatrix({title: "Which subject is taken for which?", data: {rows: [...shapes, "lighthouse", "hot-air balloon"], columns: [...shapes, "lighthouse", "hot-air balloon"], counts: Array.from({length: 36}, (_, n) => (n % 7 === 0 ? 14 : n % 5 === 0 ? 2 : 0))}}),
    series: () =>
      widgets.seriesChart({
        title: "Accuracy with k examples a class",
        x: {label: "examples a class", scale: "log", ticks: [1, 2, 4, 8, 16]},
        y: {label: "accuracy", domain: [0, 1]},
        data: {
          series: [
            {name: "our image tower", kind: "image", points: [1, 2, 4, 8, 16].map((x, n) => ({x, y: 0.4 + 0.11 * n, low: 0.34 + 0.11 * n, high: 0.45 + 0.115 * n}))},
            {name: "raw pixels", points: [1, 2, 4, 8, 16].map((x, n) => ({x, y: 0.2 + 0.06 * n + 0.02 * wave(n), low: 0.17 + 0.06 * n, high: 0.24 + 0.06 * n}))}
          ],
          levels: [{label: "zero-shot", y: 0.71}, {label: "chance", y: 1 / 12, chance: true}]
        }
      }),
    shares: () =>
      widgets.shareBars({
        title: "Recall under this protocol",
        rows: [
          {label: "right caption first", value: 0.42, chance: 5 / 320, kind: "image"},
          {label: "among the first five", value: 0.8, chance: 0.08, low: 0.74, high: 0.86, kind: "image"},
          {label: "a class nobody drew", value: NaN}
        ]
      }),
    pictures: () => widgets.pictureFolder({filesOfDrop: async (transfer) => [...transfer.files].map((file) => ({path: file.name, file})), filesOfInput: (input) => [...input.files!].map((file) => ({path: `mine/dog/${file.name}`, file}))}),
    scatter: () =>
      widgets.robustnessScatter({
        title: "Above the line, or on it?",
        familiar: "on postcards",
        shifted: "on chalk drawings",
        data: {
          models: [...Array.from({length: 8}, (_, n) => ({name: `${(n + 1) * 30} steps`, familiar: 0.2 + 0.09 * n, shifted: 0.12 + 0.08 * n + 0.04 * wave(n), baseline: true})), {name: "wider tower", familiar: 0.7, shifted: 0.68, above: {value: 0.09, low: 0.05, high: 0.13}}],
          expect: (x) => 1 / (1 + Math.exp(-(0.95 * Math.log(x / (1 - x)) - 0.45)))
        }
      }),
    written: () => {
      const words = ["a", "red", "circle", "on", "the", "left", "."].map((symbol, n) => ({symbol: `${symbol}</w>`, probability: [0.6, 0.97, 0.42, 0.71, 0.99, 0.5, 1][n]}));
      const split = [{symbol: "tri", probability: 0.8}, {symbol: "angles</w>", probability: 0.5}, {symbol: "<|endoftext|>", probability: 0.9}];
      return widgets.writtenCaptions({pairs, captions: [{row: 3, text: "a red circle on the left .", tokens: words}, {row: 17, text: "triangles", tokens: split}]});
    },
    strips: () =>
      widgets.corruptionStrips({
        title: "The same postcard, made worse",
        sizePx: 8,
        rows: ["noise", "contrast"].map((name, r) => ({name, words: ["dog", "dog", "cat"], right: [true, true, false], pictures: [0, 1, 2].map((s) => Uint8Array.from({length: 192}, (_, n) => (r === 0 ? 120 + 60 * s * wave(n) : 128 + (100 - 40 * s) * wave(n >> 4))))}))
      })
  };
}
