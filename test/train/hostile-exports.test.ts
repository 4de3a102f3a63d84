/** Exports of checkpoints that somebody wrote to harm whoever exports them: the script is really run, with programs in the place of torchrun and of what an injection would call. */
import {spawnSync} from "node:child_process";
import {chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {dirname, join} from "node:path";
import {unpackTar} from "modern-tar";
import {afterAll, beforeAll, expect, test} from "vitest";
import {cocaPreset, preset} from "../../src/clip/presets.ts";
import type {ClipConfig} from "../../src/clip/config.ts";
import {specsOf} from "../../src/clip/specs.ts";
import {learnVocabulary} from "../../src/clip/train-tokenizer.ts";
import type {TokenizerSpec} from "../../src/clip/tokenizer.ts";
import {weightTensors} from "../../src/clip/weights.ts";
import {postcards} from "../../src/data/postcards/index.ts";
import {startingValues} from "../../src/tensor/parameters.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import {safetensorsBytes} from "../../src/tensor/safetensors.ts";
import {checkpointMetadata, openCheckpoint} from "../../src/train/checkpoint.ts";
import {exportTar} from "../../src/train/export-checkpoint.ts";
import {markdownCode, markdownWords, shellNumber, shellWord} from "../../src/train/quoting.ts";

const payloads = [
  "$(touch PWNED)", "`touch PWNED`", "1; touch PWNED #", "1\ntouch PWNED\n", "1 && touch PWNED", "1 | touch PWNED", "1 > PWNED", "'; touch PWNED; '", "\"; touch PWNED; \"", "\\'; touch PWNED #", "'\\''; touch PWNED #",
  "1 --resume ../../x", "../../PWNED", "${IFS}touch${IFS}PWNED", "$((a[$(touch PWNED)]))", "!touch", "~", "*", "=cmd|' /C calc'!A0", "\u202e1", "1e-3", "0x10", " 5", "", "-e", "\u00a0touch\u00a0PWNED", "é'ü\"$x"
];
const nonsense: unknown[] = [true, [1], [[1e-3]], {a: 1}, {toString: 1, valueOf: 1}, null, -1, 1e999, "NaN"];
const good: Record<string, unknown[]> = {
  steps: [1, 300, 99_999], batchSize: [2, 64, 4096], learningRate: [1e-3, 5e-324, 1e-7, 1e21], warmupSteps: [0, 30, 12.4], weightDecay: [0, 0.2, 1e-10], gradientClip: [1, null, 1e300], seed: [1, 0, 4_294_967_295]
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "diagonal-hostile-"));
  await mkdir(join(folder, "bin"));
  const real = (name: string) => spawnSync("sh", ["-c", `command -v ${name}`], {encoding: "utf8"}).stdout.trim();
  for (const name of ["bash", "env", "dirname"]) await symlink(real(name), join(folder, "bin", name));
  const program = async (name: string, body: string) => {
    await writeFile(join(folder, "bin", name), `#!${real("bash")}\n${body}\n`);
    await chmod(join(folder, "bin", name), 0o755);
  };
  await program("torchrun", `printf '%s\\0' "$@" > '${join(folder, "argv")}'`);
  for (const name of ["touch", "python", "python3", "curl", "pip", "calc", "cmd"]) await program(name, `echo "${name} $*" >> '${join(folder, "ran")}'`);
});
afterAll(() => rm(folder, {recursive: true, force: true}));

/** A model that is small enough to be written forty times. */
function small(): ClipConfig {
  const config = preset("vit-tiny");
  Object.assign(config.image, {width: 16, layers: 1, heads: 2});
  Object.assign(config.text, {width: 16, layers: 1, heads: 2, vocabularySize: 300});
  return {...config, embedDim: 8};
}

const words = learnVocabulary(postcards({count: 20, sizePx: 32}).captions.flat(), {vocabularySize: 300, contextLength: 24});

/** The bytes of a checkpoint whose file says these things of its run. */
function checkpoint({options, seed = 1, config = small(), tokenizer = words}: {options?: unknown; seed?: unknown; config?: ClipConfig; tokenizer?: TokenizerSpec}): Promise<Uint8Array> {
  const values = new Map([...specsOf(config)].map(([path, spec]) => [path, startingValues(path, spec, seededRandom(1))]));
  return safetensorsBytes(weightTensors(config, (path) => values.get(path)!), checkpointMetadata({config, tokenizer, step: 7, seed: seed as number, state: {options}}));
}

/** Exports, unpacks, runs the script; gives what torchrun was started with, or the sentence that refused. */
async function exportAndRun(bytes: Uint8Array): Promise<{argv: string[]} | {refused: string}> {
  let tar: Uint8Array;
  try {
    tar = await exportTar(await openCheckpoint(bytes, "given.safetensors"), {name: "given.safetensors", encodeJpeg: () => Promise.reject(new Error("no pictures"))});
  } catch (error) {
    return {refused: (error as Error).message};
  }
  const out = await mkdtemp(join(folder, "export-"));
  const before: string[] = [];
  for (const {header, data} of await unpackTar(tar)) {
    expect(header.name).toMatch(/^clip\/([\w-]+\/)?\w[\w.-]*$/);
    await mkdir(dirname(join(out, header.name)), {recursive: true});
    await writeFile(join(out, header.name), data!);
    before.push(header.name);
  }
  const {status, stderr} = spawnSync(join(folder, "bin", "bash"), [join(out, "clip", "train.sh")], {env: {PATH: join(folder, "bin")}, cwd: out, encoding: "utf8"});
  expect([status, stderr]).toEqual([0, ""]);
  const found = (await readdir(out, {recursive: true, withFileTypes: true})).filter((entry) => entry.isFile()).map(({parentPath, name}) => join(parentPath, name).slice(out.length + 1));
  expect(found.sort()).toEqual(before.sort());
  expect(await readFile(join(folder, "ran"), "utf8").catch(() => "")).toBe("");
  const argv = (await readFile(join(folder, "argv"), "utf8")).split("\0").slice(0, -1);
  await rm(join(folder, "argv"));
  await rm(out, {recursive: true});
  return {argv: argv.map((word) => word.replace(out, "OUT"))};
}

/** What torchrun has to be started with for these options. */
function expected({steps = 300, batchSize = 64, learningRate = 1e-3, warmupSteps = Math.round(steps / 10), weightDecay = 0.2, gradientClip = 1, seed = 1}: Record<string, number>): string[] {
  return [
    "--standalone", "--nproc_per_node", "1", "-m", "open_clip_train.main", "--model", "local-dir:OUT/clip/open_clip", "--train-data", "shards/train-{000000..000000}.tar", "--train-num-samples", `${steps * batchSize}`,
    "--dataset-type", "webdataset", "--batch-size", `${batchSize}`, "--epochs", "1", "--lr", `${learningRate}`, "--beta1", "0.9", "--beta2", "0.98", "--eps", "0.000001", "--wd", `${weightDecay}`, "--warmup", `${Math.round(warmupSteps)}`,
    ...(gradientClip === null || gradientClip === Infinity ? [] : ["--grad-clip-norm", `${gradientClip}`]), "--seed", `${seed}`, "--local-loss", "--gather-with-grad", "--workers", "4", "--precision", "fp32"
  ];
}

test("of forty sets of options, what makes sense arrives in torchrun as it was, the rest is refused by name, and nothing else runs", async () => {
  const random = seededRandom("hostile options");
  const pick = <T>(list: readonly T[]) => list[random.integer(list.length)];
  const names = Object.keys(good);
  let [ran, refused] = [0, 0];
  for (let set = 0; set < 40; set++) {
    const options: Record<string, unknown> = Object.fromEntries(names.filter(() => random() < 0.7).map((name) => [name, pick(good[name])]));
    // A quarter are a person's own.
    const bad = set % 4 === 0 ? [] : random.shuffle([...names, "model", "chunkSize", "groups"]).slice(0, 1 + random.integer(2));
    for (const name of bad) options[name] = pick([...payloads, ...nonsense]);
    const result = await exportAndRun(await checkpoint({options}));
    const what = JSON.stringify(options);
    if ("argv" in result) {
      ran++;
      // JSON has no infinity, so that a null of the gradient's norm is none.
      for (const name of names) if (name in options && !(name === "gradientClip" && options[name] === null)) expect(typeof options[name], what).toBe("number");
      expect(result.argv, what).toEqual(expected(options as Record<string, number>));
    } else {
      refused++;
      expect(result.refused, what).toMatch(new RegExp(`^given\\.safetensors: among the options of its run, (${bad.join("|")})[ \\w]* is `));
    }
  }
  expect(ran).toBeGreaterThanOrEqual(10);
  expect(refused).toBeGreaterThanOrEqual(20);
});

test("no other part of a checkpoint gets into the script: its seed, a CoCa's weight, symbols of the tokenizer", {timeout: 300_000}, async () => {
  for (const payload of payloads) {
    const seeded = await exportAndRun(await checkpoint({seed: payload}));
    if ("argv" in seeded) expect(seeded.argv[seeded.argv.indexOf("--seed") + 1]).toMatch(/^\d+$/);
    if (payload.length % 9 !== 0) continue; // a CoCa takes long to write
    const weighted = await exportAndRun(await checkpoint({config: {...cocaPreset("coca-tiny"), captionWeight: payload} as ClipConfig, tokenizer: {...words, vocabularySize: 512}}));
    expect(weighted).toEqual({refused: expect.stringMatching(/captionWeight is /)});
  }
  const symbols = await exportAndRun(await checkpoint({tokenizer: {...words, merges: [...words.merges.slice(0, -1), ["a", "b\n#version: 0.3\n$(touch PWNED)"]]}}));
  expect(symbols).toEqual({refused: expect.stringMatching(/the tokenizer has the symbol "ab\\n#version/)});
});

test("a word of a script arrives as it was, whatever is in it", () => {
  const random = seededRandom("words");
  const letters = [..."'\"\\$`!(){}[];&|<>*?~#=%^, \t\n\r-aé\u202e😀"];
  const texts = [...payloads, ...Array.from({length: 200}, () => Array.from({length: random.integer(12)}, () => letters[random.integer(letters.length)]).join(""))];
  const {stdout} = spawnSync("bash", ["-c", `printf '%s\\0' ${texts.map(shellWord).join(" ")}`], {encoding: "utf8"});
  expect(stdout.split("\0").slice(0, -1)).toEqual(texts);
  expect(() => shellWord("a\0b")).toThrow(/cannot hold the character 0/);
  for (const value of ["1", "1; x", NaN, Infinity, null, undefined, [1], true]) expect(() => shellNumber("x", value)).toThrow(/^x is .*; a script can only be given a number/);
  expect(() => shellNumber("x", 1.5, {whole: true})).toThrow("x is 1.5; a script can only be given a whole number");
  expect(["1e-7", "5e-324", "1e+21", "-3"].map(Number).map((value) => Number(shellNumber("x", value)))).toEqual([1e-7, 5e-324, 1e21, -3]);
});

test("a text in Markdown is code, or words, and neither a link nor a line of its own", () => {
  expect(markdownCode("vit")).toBe("`vit`");
  expect(markdownCode("a`b``c")).toBe("```a`b``c```");
  expect(markdownCode("`x` [y](z)\n# h")).toBe("`` `x` [y](z) # h ``");
  expect(markdownCode("x".repeat(1000)).length).toBeLessThan(210);
  expect(markdownWords("[y](javascript:x)\n<img src=x> *b* | `c` _d_ open_clip")).toBe("\\[y\\](javascript:x) \\<img src=x\\> \\*b\\* \\| \\`c\\` \\_d\\_ open_clip");
});
