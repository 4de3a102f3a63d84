/**
 * `npm run checkpoint`: trains the run of src/train/shipped.ts on postcards and writes the checkpoint that comes with the site. The same backend
 * and seed give the same bytes: nothing in the file depends on time or on the machine.
 */
import {mkdir, writeFile} from "node:fs/promises";
import {dirname} from "node:path";
import {parseArgs} from "node:util";
import {postcards} from "../data/postcards/index.ts";
import {chooseNodeBackend} from "../tensor/node.ts";
import type {BackendName} from "../tensor/backend.ts";
import {createRun} from "../train/create-run.ts";
import {filmSeries} from "../train/film.ts";
import type {FilmFrame} from "../train/film.ts";
import {filmEverySteps, shipped} from "../train/shipped.ts";
import {installNodeKernels} from "./node-kernels.ts";

const usage = `npm run checkpoint -- [options]

  --out FILE        where it goes (notebooks/site/${shipped.address})
  --backend NAME    wasm, cpu or webgpu (wasm)
  --steps N         optimizer steps (${shipped.steps})
  --seed N          of postcards and run (${shipped.seed})
  --limit N         postcards (${shipped.limit})
`;

/** The size that lessons can afford to load. */
const mostBytes = 6e6;

async function main(args: string[]) {
  const text = (value: unknown) => ({type: "string", default: String(value)}) as const;
  const {values} = parseArgs({args, options: {out: text(`notebooks/site/${shipped.address}`), backend: text("wasm"), steps: text(shipped.steps), seed: text(shipped.seed), limit: text(shipped.limit), help: {type: "boolean"}}});
  if (values.help) return console.log(usage);
  const number = (name: "steps" | "seed" | "limit") => {
    const value = Number(values[name]);
    if (!(Number.isInteger(value) && value >= 1)) throw new Error(`--${name} is a whole number of at least 1, not "${values[name]}"\n\n${usage}`);
    return value;
  };
  const [steps, seed, limit] = [number("steps"), number("seed"), number("limit")];
  if (!["wasm", "cpu", "webgpu"].includes(values.backend)) throw new Error(`--backend is wasm, cpu or webgpu, not "${values.backend}"\n\n${usage}`);
  const {backend, reason} = await chooseNodeBackend(values.backend as BackendName);
  console.log(reason);
  if (backend === "wasm") console.log(`kernels: ${await installNodeKernels()}`);

  const pairs = postcards({count: limit, seed, sizePx: 32});
  const {model, batchSize} = shipped;
  const {run} = await createRun({pairs: "", model, batchSize, steps, seed, keep: 0}, {
    id: "run-1",
    opened: {pairs},
    choice: {backend, reason},
    library: {},
    read: () => Promise.reject(new Error("a new run reads no checkpoint")),
    now: () => 0
  });
  const frames: FilmFrame[] = [await run.snapshot()];
  while (frames.at(-1)!.step < steps) {
    frames.push(await run.step(Math.min(filmEverySteps, steps - frames.at(-1)!.step)));
    const {step, loss} = frames.at(-1)!;
    console.log(`step ${step} of ${steps}: loss ${loss.toFixed(4)}`);
  }
  const bytes = await run.checkpoint({optimizer: false, dtype: "F16", series: filmSeries(frames)});
  if (bytes.byteLength > mostBytes) throw new Error(`the checkpoint has ${bytes.byteLength} bytes; at most ${mostBytes} are shipped`);
  await mkdir(dirname(values.out), {recursive: true});
  await writeFile(values.out, bytes);
  const {heldOut} = frames.at(-1)!;
  console.log(`${values.out}: ${bytes.byteLength} bytes; of ${heldOut!.gallery} held-out pictures ${(100 * heldOut!.imageToText[1]).toFixed(0)} % have their caption first`);
}

main(process.argv.slice(2)).then(
  () => process.exit(),
  (error: Error) => {
    console.error(`checkpoint: ${error.message}`);
    process.exit(1);
  }
);
