/** The run whose checkpoint comes with the site, so that lessons open trained; `npm run checkpoint` makes the file. */

export const shipped = {
  /** In the site. */
  address: "checkpoints/postcards.safetensors",
  /** What the pairs are opened with. */
  source: "postcards",
  limit: 2048,
  /** Of the postcards and of the run. */
  seed: 1,
  model: "vit-tiny",
  batchSize: 64,
  steps: 250
};

/** Steps between two frames of its film. */
export const filmEverySteps = 6;

export type ShippedQuestion = Partial<Omit<typeof shipped, "address">>;

/** The checkpoint's address if it is of a run with these values; undefined where any of them is another. */
export function shippedRun(asked: ShippedQuestion = {}): string | undefined {
  const {address, ...its} = shipped;
  return Object.entries(asked).every(([name, value]) => value === undefined || value === its[name as keyof typeof its]) ? address : undefined;
}
