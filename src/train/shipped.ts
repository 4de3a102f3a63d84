/** The runs whose checkpoints come with the site, so that lessons open trained; `npm run checkpoint` makes the files. */
import type {RunSpec} from "./protocol.ts";

/** What is trained, on so many cards of a built-in set; seeds are of both. */
export interface ShippedRun extends Pick<RunSpec, "textTower" | "learningRate" | "hardNegatives"> {
  /** In the site. */
  address: string;
  /** What the pairs are opened with. */
  source: string;
  limit: number;
  /** Of the postcards and of the run. */
  seed: number;
  model: string;
  batchSize: number;
  steps: number;
  /** Whether it carries the film of its training. */
  film: boolean;
}

const shared = {source: "postcards", seed: 1, batchSize: 64};

export const shipped = {
  /** What most lessons look at. */
  postcards: {...shared, address: "checkpoints/postcards.safetensors", limit: 2048, model: "vit-tiny", textTower: "cbow", learningRate: 3e-3, steps: 250, film: true},
  /** One that has to tell subjects apart, and so can name them. */
  subjects: {
    ...shared,
    address: "checkpoints/subjects.safetensors",
    limit: 4608,
    model: "resnet-tiny",
    textTower: "cbow",
    learningRate: 3e-3,
    hardNegatives: {share: ["colour", "place", "count", "time"], size: 6},
    steps: 600,
    film: false
  }
} satisfies Record<string, ShippedRun>;

/** Steps between two frames of a film. */
export const filmEverySteps = 6;

export type ShippedQuestion = Partial<Omit<ShippedRun, "address" | "film">>;

/** The checkpoint's address of the first run with these values; undefined where none has them all. */
export function shippedRun(asked: ShippedQuestion = {}): string | undefined {
  const isAsked = (run: ShippedRun) => Object.entries(asked).every(([name, value]) => value === undefined || JSON.stringify(value) === JSON.stringify(run[name as keyof ShippedQuestion]));
  return Object.values<ShippedRun>(shipped).find(isAsked)?.address;
}
