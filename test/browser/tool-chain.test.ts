/** Every notebook in Notebook Kit's own tool chain, as the package ships it: its command reads, transpiles and bundles them (our modules as built, see "exports" in package.json). */
import {spawnSync} from "node:child_process";
import {mkdtempSync, readdirSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {expect, it} from "vitest";

it("`notebooks build` builds every notebook", () => {
  const out = mkdtempSync(join(tmpdir(), "diagonal-kit-"));
  const names = readdirSync("notebooks").filter((name) => name.endsWith(".html"));
  const {status, stderr} = spawnSync(process.execPath, ["node_modules/@observablehq/notebook-kit/dist/bin/notebooks.js", "build", "--root", "notebooks", "--out", out, ...names.map((name) => join("notebooks", name))], {encoding: "utf8"});
  expect(stderr).not.toMatch(/\[ERROR\]|MISSING_EXPORT|UNRESOLVED_IMPORT|failed to resolve/i);
  expect(status).toBe(0);
  expect(readdirSync(out).filter((name) => name.endsWith(".html"))).toEqual(names);
  rmSync(out, {recursive: true});
});
