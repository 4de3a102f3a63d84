import {readFile} from "node:fs/promises";
import {join} from "node:path";
import {beforeAll, expect, test} from "vitest";
import {installNodeKernels} from "../../src/cli/node-kernels.ts";
import {checkClip} from "../../src/cli/reference-clip.ts";
import {checkCoca} from "../../src/cli/reference-coca.ts";
import {Report} from "../../src/cli/reference-report.ts";
import {compileKernels} from "../../src/kernels/compile.mjs";
import {chooseNodeBackend} from "../../src/tensor/node.ts";
import {bytesSource, openSafetensors} from "../../src/tensor/safetensors.ts";
import {needsShared, sharedFolder} from "../left-out.ts";

beforeAll(async () => {
  await compileKernels();
  await chooseNodeBackend("wasm");
  await installNodeKernels();
});

for (const [name, check] of [["clip-vit-tiny.safetensors", checkClip], ["clip-resnet-tiny.safetensors", checkClip], ["coca-tiny.safetensors", checkCoca]] as const) {
  const path = join(sharedFolder, "reference", name);
  test(`${name}: outputs, losses, gradients and steps are PyTorch's`, needsShared(`reference/${name}`), async () => {
    const lines: string[] = [];
    const report = new Report((line) => lines.push(line));
    await check(await openSafetensors(bytesSource(await readFile(path)), path), path, report);
    expect(lines.filter((line) => line.startsWith("FAIL"))).toEqual([]);
    expect(report.checks).toBeGreaterThan(100);
  });
}
