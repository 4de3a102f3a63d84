/** The name under which a notebook is saved: a page's, wherever it came from. */
import {expect, it} from "vitest";
import {fileNameOf} from "../../src/notebook/keeping.ts";

it.each([
  ["notebooks/01-first-light.html", "01-first-light.html"],
  ["https://elsewhere.example/a/x.HTM?y=z.bat#q", "x.HTM"],
  ["https://elsewhere.example/x.hta", "x.hta.html"],
  ["https://elsewhere.example/run.bat?.html", "run.bat.html"],
  ["https://elsewhere.example/", "notebook.html"],
  ["mount\\outside\\.bashrc", "bashrc.html"],
  ["notebooks/..%2f..%2fx.html", "2f..-2fx.html"],
  ["new:2026-11-30T18:00:00Z", "new-2026-11-30T18-00-00Z.html"],
  [`notebooks/${"n".repeat(500)}.html`, `${"n".repeat(75)}.html`]
])("%s is saved as %s", (address, name) => expect(fileNameOf(address)).toBe(name));
