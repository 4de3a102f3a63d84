/** Who may import whom, held over what the bundler really follows. Types may cross: they leave nothing in the bundle. */
import {readdirSync} from "node:fs";
import {join} from "node:path";
import * as esbuild from "esbuild";
import {beforeAll, describe, expect, it} from "vitest";

/** What each folder may import, besides itself. */
const law: Record<string, string[]> = {
  "src/rpc": [],
  "src/storage": [],
  "src/tensor": [],
  "src/kernels": ["src/tensor"],
  "src/clip": ["src/tensor", "src/kernels"],
  "src/data": ["src/tensor/random.ts", "src/tensor/safetensors.ts", "src/tensor/dtypes.ts", "src/rpc", "src/storage"],
  "src/evaluate": ["src/tensor", "src/kernels", "src/clip", "src/data"],
  "src/train": ["src/tensor", "src/kernels", "src/clip", "src/data", "src/evaluate", "src/rpc", "src/storage"],
  // No model code, and not each other. Plain arithmetic on arrays and seeded randomness are no model code: see the test on tfjs below.
  "src/explore": ["src/tensor"],
  widgets: ["src/tensor/random.ts"],
  "src/notebook": ["src/rpc", "src/storage"],
  // These wire everything, and no other folder imports them.
  notebooks: ["src", "widgets"],
  "src/cli": ["src", "notebooks", "widgets"]
};

const houses = Object.keys(law);
const houseOf = (path: string) => houses.find((house) => path.startsWith(`${house}/`));

function sources(folder: string): string[] {
  return readdirSync(folder, {withFileTypes: true, recursive: true})
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts") && !entry.name.endsWith(".as.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/^src\/kernels\/[^/]+\/wasm\.ts$/.test(path));
}

let imports: {from: string; to: string}[];
/** Packages, by the file that imports them. */
let packages: {from: string; to: string}[];
beforeAll(async () => {
  const {metafile} = await esbuild.build({
    entryPoints: [...sources("src"), ...sources("widgets"), ...sources("notebooks")],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    packages: "external",
    outdir: "nowhere",
    logLevel: "silent",
    loader: {".woff2": "empty", ".svg": "text", ".wasm": "empty", ".css": "text"},
    plugins: [{name: "style-as-text", setup: (build) => build.onResolve({filter: /\?text$/}, ({path}) => ({path, external: true}))}]
  });
  packages = Object.entries(metafile.inputs).flatMap(([from, {imports}]) => imports.filter(({external}) => external).map(({path: to}) => ({from, to})));
  imports = Object.entries(metafile.inputs).flatMap(([from, {imports}]) => imports.filter(({external}) => !external).map(({path: to}) => ({from, to})));
});

describe("the house", () => {
  it("is followed by the bundler at all", () => {
    expect(imports.length).toBeGreaterThan(50);
  });

  it("holds the import law", () => {
    const broken = imports.filter(({from, to}) => {
      const house = houseOf(from);
      if (house === undefined || houseOf(to) === house || !houseOf(to)) return false;
      return !law[house].some((allowed) => to === allowed || to.startsWith(`${allowed}/`));
    });
    expect(broken).toEqual([]);
  });

  it("lets every folder import the few files that stand beside all folders, which import nothing else", () => {
    const beside = imports.filter(({from}) => from.startsWith("src/") && houseOf(from) === undefined);
    expect(beside.map(({from, to}) => `${from} -> ${to}`)).toEqual(["src/json.ts -> src/limits.ts"]);
  });

  it("keeps tfjs away from what explores, draws and edits", () => {
    const reached = new Set(imports.flatMap(({from}) => (["src/explore", "widgets", "src/notebook"].includes(houseOf(from) ?? "") ? [from] : [])));
    for (const path of reached) for (const {from, to} of imports) if (from === path) reached.add(to);
    expect(packages.filter(({from, to}) => reached.has(from) && to.startsWith("@tensorflow/"))).toEqual([]);
  });

  it("has no circle of files", () => {
    const next = new Map<string, string[]>();
    for (const {from, to} of imports) next.set(from, [...(next.get(from) ?? []), to]);
    const done = new Set<string>();
    const circles: string[][] = [];
    const visit = (path: string, trail: string[]) => {
      if (trail.includes(path)) return void circles.push([...trail.slice(trail.indexOf(path)), path]);
      if (done.has(path)) return;
      for (const to of next.get(path) ?? []) visit(to, [...trail, path]);
      done.add(path);
    };
    for (const path of next.keys()) visit(path, []);
    expect(circles).toEqual([]);
  });
});
