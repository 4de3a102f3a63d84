import {readFileSync} from "node:fs";
import {describe, expect, it} from "vitest";
import {classify, softmaxRows} from "../../src/evaluate/classification.ts";
import {classicTemplates, promptsOf, readTemplates} from "../../src/evaluate/prompts.ts";
import {zeroShotScores, zeroShotWeights} from "../../src/evaluate/zero-shot.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import {needsShared, sharedFolder} from "../left-out.ts";


const unit = (row: number[]) => row.map((x) => x / Math.hypot(...row));

describe("prompts", () => {
  it("stand label by label, template by template", () => {
    expect(promptsOf(["cat", " dog "], ["a {}.", "the {}, a {}!"]).prompts).toEqual(["a cat.", "the cat, a cat!", "a dog.", "the dog, a dog!"]);
    expect(promptsOf(["$& $1"], ["a {}."]).prompts).toEqual(["a $& $1."]);
    expect(promptsOf(["cat"], classicTemplates).prompts.length).toBe(12);
  });

  it("say what is wrong with labels and templates", () => {
    expect(() => promptsOf([])).toThrow("labels: expected at least one class, got an empty set");
    expect(() => promptsOf(["cat", "dog", "Cat "])).toThrow('labels: "Cat" stands there twice, as number 1 and number 3');
    expect(() => promptsOf(["cat", "  "])).toThrow("labels: number 2 is blank");
    expect(() => promptsOf(["cat"], ["a {}", "a photo of a cat"])).toThrow('templates: number 2, "a photo of a cat", has no slot {}');
    expect(() => promptsOf(["cat"], [])).toThrow("templates: expected at least one, got none");
  });

  it("are read from a list or from lines", () => {
    expect(readTemplates('["a {}", "the {}"]')).toEqual(["a {}", "the {}"]);
    expect(readTemplates("# mine\na {}\r\n\n the {} \n")).toEqual(["a {}", "the {}"]);
    expect(() => readTemplates('["a {}", 3]', "t.json")).toThrow("t.json: expected a list of strings; entry 2 is 3");
    expect(() => readTemplates('["a {}"', "t.json")).toThrow("t.json: starts like a JSON list but is none");
  });

  it("take the 80 ImageNet templates and 1,000 classes", needsShared("clip-vocabulary"), () => {
    const templates = readTemplates(readFileSync(`${sharedFolder}/clip-vocabulary/imagenet_templates_80.json`, "utf8"));
    expect(templates.length).toBe(80);
    expect(promptsOf(["tench", "goldfish"], templates).prompts.length).toBe(160);
    const classes = readTemplates(readFileSync(`${sharedFolder}/clip-vocabulary/imagenet_classes.json`, "utf8"));
    // Two of the published class names occur twice ("missile" and "sunglasses"), and are named rather than merged.
    expect(() => promptsOf(classes)).toThrow(/labels: ".*" stands there twice/);
  });
});

describe("zero-shot classification", () => {
  const [classes, templates, width, images] = [7, 3, 9, 50];
  const random = seededRandom(1);
  const promptEmbeddings = Float32Array.from({length: classes * templates * width}, () => random.normal());
  const imageEmbeddings = Float32Array.from({length: images * width}, () => random.normal());
  const truth = Int32Array.from({length: images}, () => random.integer(classes));
  const row = (values: Float32Array, i: number) => [...values.subarray(i * width, (i + 1) * width)];

  it("equals a plain re-implementation", () => {
    const weights = Array.from({length: classes}, (_, c) => {
      const prompts = Array.from({length: templates}, (_, t) => unit(row(promptEmbeddings, c * templates + t)));
      return unit(prompts[0].map((_, k) => (prompts[0][k] + prompts[1][k] + prompts[2][k]) / 3));
    });
    const ours = zeroShotWeights({promptEmbeddings, width, templates});
    weights.flat().forEach((value, n) => expect(ours[n]).toBeCloseTo(value, 6));
    const scores = zeroShotScores({imageEmbeddings, weights: ours, width, scale: 20});
    const plain = Array.from({length: images}, (_, i) => weights.map((w) => 20 * w.reduce((sum, x, k) => sum + x * unit(row(imageEmbeddings, i))[k], 0)));
    plain.flat().forEach((value, n) => expect(scores[n]).toBeCloseTo(value, 4));
    const order = plain.map((s) => s.map((_, c) => c).sort((a, b) => s[b] - s[a]));
    const found = classify({scores, classes, truth});
    expect([...found.predictions]).toEqual(order.map(([first]) => first));
    expect(found.top1).toBe(order.filter((o, i) => o[0] === truth[i]).length / images);
    expect(found.top5).toBe(order.filter((o, i) => o.slice(0, 5).includes(truth[i])).length / images);
    expect(found.confusion.reduce((sum, count) => sum + count, 0)).toBe(images);
    order.forEach((o, i) => expect(found.confusion[truth[i] * classes + o[0]]).toBeGreaterThan(0));
  });

  it("says what is wrong", () => {
    expect(() => zeroShotWeights({promptEmbeddings, width, templates: 4})).toThrow("promptEmbeddings: expected 4 rows a class, got 21 rows");
    expect(() => classify({scores: new Float32Array(4), classes: 3, truth: Int32Array.of(0, 1)})).toThrow("scores: expected 2 rows of 3, so 6 numbers, got 4");
    expect(() => classify({scores: new Float32Array(3), classes: 3, truth: Int32Array.of(3)})).toThrow("truth: row 0 names class 3");
    expect(() => classify({scores: new Float32Array(0), classes: 3, truth: new Int32Array(0)})).toThrow("truth: expected at least one row");
  });
});

describe("figures of a classifier", () => {
  it("give the share of each class, its mean, and notes", () => {
    const {top1, perClass, meanPerClass, notes, confusion} = classify({scores: Float32Array.of(2, 1, 0, 2, 1, 0, 0, 1, 0, 3, 1, 1), classes: 3, truth: Int32Array.of(0, 0, 1, 1)});
    expect(top1).toBe(0.75);
    expect([...perClass]).toEqual([1, 0.5, NaN]);
    expect(meanPerClass).toBe(0.75);
    expect([...confusion]).toEqual([2, 0, 0, 1, 1, 0, 0, 0, 0]);
    expect(notes).toEqual(["Top 5 is 1 whatever the model: there are 3 classes.", "1 of 3 classes have nothing to classify."]);
  });

  it("call a classifier calibrated whose confidence is its accuracy, and not one that is always sure", () => {
    const random = seededRandom(2);
    const logits = Float64Array.from({length: 2 * 20_000}, (_, n) => (n % 2 === 0 ? 0 : 2 * random.normal()));
    const probabilities = softmaxRows(logits, 2);
    const truth = Int32Array.from({length: 20_000}, (_, i) => (random() < probabilities[2 * i] ? 0 : 1));
    expect(classify({scores: logits, classes: 2, truth}).calibration.error).toBeLessThan(0.02);
    const sure = classify({scores: logits.map((x) => 50 * x), classes: 2, truth});
    expect(sure.calibration.error).toBeCloseTo(1 - sure.top1, 1);
  });

  it("say nothing of a bin without rows: null, and the error is a number", () => {
    const {bins, error} = classify({scores: Float32Array.of(9, 0, 9, 0), classes: 2, truth: Int32Array.of(0, 1)}).calibration;
    expect(bins.map(({count}) => count)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    for (const {confidence, accuracy} of bins.slice(0, 9)) expect([confidence, accuracy]).toEqual([null, null]);
    expect(bins[9].accuracy).toBe(0.5);
    expect(error).toBeCloseTo(bins[9].confidence! - 0.5, 6);
  });

  it("do not overflow", () => {
    expect([...softmaxRows(Float64Array.of(1e4, 0, -1e4, 5e3), 2)]).toEqual([1, 0, 0, 1]);
  });
});
