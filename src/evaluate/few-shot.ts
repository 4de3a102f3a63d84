/** How far a few labelled examples a class reach: probes on k drawn rows, over several seeds. One probe is linear-probe.ts. */
import {seededRandom} from "../tensor/random.ts";
import {classify} from "./classification.ts";
import {fitLinearProbe, nameOf, probeScores, type ProbeData} from "./linear-probe.ts";
import {meanInterval, type Interval} from "./statistics.ts";

export interface FewShotOptions {
  train: ProbeData;
  test: ProbeData;
  classes: number;
  labels?: readonly string[];
  /** Examples a class. */
  ks?: readonly number[];
  seeds?: readonly number[];
  C?: number;
  /** [classes, width] weights to start from and be held to: the zero-shot classifier times its scale. */
  start?: Float32Array;
  /** What an accuracy is the mean over: "rows" (the share of rows named right), or "classes" that have rows, each weighing the same. "rows". */
  average?: "rows" | "classes";
}

export interface FewShotPoint {
  k: number;
  /** Accuracy on the test rows, one a seed. */
  accuracies: number[];
  /** Their mean with its 95 % interval. */
  accuracy: Interval;
}

/** Accuracy for each k. The same seed draws nested sets: its 2 examples are among its 4. */
export function fewShot({train, test, classes, labels, ks = [1, 2, 4, 8, 16], seeds = [1, 2, 3], C = 1, start, average = "rows"}: FewShotOptions): FewShotPoint[] {
  const orders = seeds.map((seed) => drawOrders(train.truth, classes, Math.max(...ks), seed, labels));
  return ks.map((k) => {
    const accuracies = orders.map((order) => {
      const rows = order.flatMap((ofClass) => ofClass.slice(0, k));
      const probe = fitLinearProbe({...pickRows(train, rows), classes, labels, C, start, pullToStart: start !== undefined});
      const {top1, meanPerClass} = classify({scores: probeScores(probe, test.features), classes, truth: test.truth});
      return average === "classes" ? meanPerClass : top1;
    });
    return {k, accuracies, accuracy: meanInterval(accuracies)};
  });
}

/** For each class its rows, shuffled by seed; throws where a class has fewer than `least`. */
function drawOrders(truth: Int32Array, classes: number, least: number, seed: number, labels?: readonly string[]): number[][] {
  const random = seededRandom(seed).fork("few-shot");
  const rows: number[][] = Array.from({length: classes}, () => []);
  truth.forEach((c, i) => {
    if (!(c >= 0 && c < classes)) throw new RangeError(`train.truth: row ${i} names class ${c}, but there are ${classes} classes, from 0`);
    rows[c].push(i);
  });
  return rows.map((ofClass, c) => {
    if (ofClass.length < least) throw new RangeError(`train: class ${nameOf(c, labels)} has ${ofClass.length} examples, and ${least} are asked for`);
    return random.shuffle(ofClass);
  });
}

function pickRows({features, width, truth}: ProbeData, rows: number[]): ProbeData {
  const picked = new Float32Array(rows.length * width);
  rows.forEach((row, i) => picked.set(features.subarray(row * width, (row + 1) * width), i * width));
  return {features: picked, width, truth: Int32Array.from(rows, (row) => truth[row])};
}
