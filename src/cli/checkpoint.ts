/**
 * `npm run checkpoint`: trains a run of src/train/shipped.ts on postcards and writes the checkpoint that comes with the site. The same backend
 * and seed give the same bytes: nothing in the file depends on time or on the machine.
 */
import {existsSync} from "node:fs";
import {parseArgs} from "node:util";
import {chooseNodeBackend} from "../tensor/node.ts";
import type {BackendName} from "../tensor/backend.ts";
import {filmSeries} from "../train/film.ts";
import type {ShippedRun} from "../train/shipped.ts";
import {shipped} from "../train/shipped.ts";
import {installNodeKernels} from "./node-kernels.ts";
import {trainShipped} from "./train-shipped.ts";
import {writeWhole} from "./write-whole.ts";

const names = Object.keys(shipped).join(" or ");

const usage = `npm run checkpoint -- [options]

  --run NAME        ${names} (postcards)
  --out FILE        where it goes: a new file (the run's own place in notebooks/site/, written over)
  --backend NAME    wasm, cpu or webgpu (wasm)
  --steps N         optimizer steps (the run's own, as are those below)
  --seed N          of postcards and run
  --limit N         postcards
`;

const text = <T extends string | undefined>(value?: T) => ({type: "string", default: value}) as const;

/** The size that lessons can afford to load. */
const mostBytes = 6e6;

async function main(args: string[]) {
  const {values} = parseArgs({args, options: {run: text("postcards"), out: text(), backend: text("wasm"), steps: text(), seed: text(), limit: text(), help: {type: "boolean"}}});
  if (values.help) return console.log(usage);
  if (!Object.hasOwn(shipped, values.run!)) throw new Error(`--run is ${names}, not "${values.run}"\n\n${usage}`);
  const {address, film, source: _, ...its}: ShippedRun = shipped[values.run as keyof typeof shipped];
  const number = (name: "steps" | "seed" | "limit") => {
    const value = Number(values[name] ?? its[name]);
    if (!(Number.isInteger(value) && value >= 1)) throw new Error(`--${name} is a whole number of at least 1, not "${values[name]}"\n\n${usage}`);
    return value;
  };
  const out = values.out ?? `notebooks/site/${address}`;
  if (values.out !== undefined && existsSync(values.out)) throw new Error(`${values.out} is there already: give --out the name of a new file, or delete it`);
  const [steps, seed, limit] = [number("steps"), number("seed"), number("limit")];
  if (!["wasm", "cpu", "webgpu"].includes(values.backend!)) throw new Error(`--backend is wasm, cpu or webgpu, not "${values.backend}"\n\n${usage}`);
  const {backend, reason} = await chooseNodeBackend(values.backend as BackendName);
  console.log(reason);
  if (backend === "wasm") console.log(`kernels: ${await installNodeKernels()}`);

  const {run, frames} = await trainShipped({...its, steps, seed, limit}, {backend, reason});
  const bytes = await run.checkpoint({optimizer: false, dtype: "F16", series: film ? filmSeries(frames) : {}});
  if (bytes.byteLength > mostBytes) throw new Error(`the checkpoint has ${bytes.byteLength} bytes; at most ${mostBytes} are shipped`);
  await writeWhole(out, bytes);
  const {heldOut} = frames.at(-1)!;
  console.log(`${out}: ${bytes.byteLength} bytes; of ${heldOut!.gallery} held-out pictures ${(100 * heldOut!.imageToText[1]).toFixed(0)} % have their caption first`);
}

main(process.argv.slice(2)).then(
  () => process.exit(),
  (error: Error) => {
    console.error(`checkpoint: ${error.message}`);
    process.exit(1);
  }
);
