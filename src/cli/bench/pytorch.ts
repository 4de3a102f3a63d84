/** PyTorch on the CPU as a contender: a Python process per number of threads, where Python has torch. */
import {spawn, spawnSync, type ChildProcessWithoutNullStreams} from "node:child_process";
import {mkdtemp, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {createInterface, type Interface} from "node:readline";
import {preset} from "../../clip/presets.ts";
import type {Contender} from "./contender.ts";
import {batchOf, training} from "./training.ts";
import {weightsOf} from "./weights.ts";

const pythons = ["python3", "/usr/bin/python3"];

/** A Python that can import torch, and torch's version; undefined where there is none. */
export function findPytorch(): {python: string; version: string} | undefined {
  for (const python of pythons) {
    const {status, stdout} = spawnSync(python, ["-c", "import torch; print(torch.__version__)"], {encoding: "utf8"});
    if (status === 0) return {python, version: stdout.trim()};
  }
  return undefined;
}

/** PyTorch with so many threads. */
export function pytorch(python: string, threads: number): Contender {
  let child: ChildProcessWithoutNullStreams | undefined;
  let lines: Interface;
  let folder: string | undefined;
  const answer = () => new Promise<number[]>((resolve, reject) => {
    const failed = () => reject(new Error("the PyTorch process ended; its message is above"));
    child!.once("exit", failed);
    lines.once("line", (line) => {
      child!.off("exit", failed);
      resolve(JSON.parse(line));
    });
  });
  const close = async () => {
    child?.stdin.end();
    child = undefined;
    if (folder) await rm(folder, {recursive: true, force: true});
  };
  return {
    name: `pytorch ${threads} thread${threads > 1 ? "s" : ""}`,
    backend: "cpu",
    async start(name) {
      await close();
      folder = await mkdtemp(join(tmpdir(), "diagonal-pytorch-"));
      await writeInputs(folder, name);
      child = spawn(python, [join("src/cli/bench", "pytorch.py"), folder, String(threads)], {env: {...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads)}});
      child.stderr.pipe(process.stderr);
      lines = createInterface(child.stdout);
      return answer();
    },
    time(task, repeats) {
      child!.stdin.write(`${task} ${repeats}\n`);
      return answer();
    },
    async memoryMb() {
      child!.stdin.write("memory 1\n");
      return (await answer())[0];
    },
    close
  };
}

async function writeInputs(folder: string, name: string): Promise<void> {
  const weights = weightsOf(name);
  const {images, tokens, sidePx} = batchOf(name);
  const manifest = {config: preset(name), training, sidePx, weights: weights.map(({path, shape, buffer}) => ({path, shape, buffer}))};
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
  await writeFile(join(folder, "weights.bin"), Buffer.concat(weights.map(({values}) => Buffer.from(values.buffer, values.byteOffset, values.byteLength))));
  await writeFile(join(folder, "images.bin"), Buffer.from(images.buffer));
  await writeFile(join(folder, "tokens.bin"), Buffer.from(tokens.buffer));
}
