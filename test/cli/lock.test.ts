/** What `npm ci` installs: nothing that warns of its engine on a Node that we support, and no script that nobody decided on. */
import {readFileSync} from "node:fs";
import {describe, expect, it} from "vitest";

interface Locked {
  version: string;
  optional?: boolean;
  hasInstallScript?: boolean;
  resolved?: string;
  engines?: {node?: string};
}

const {packages} = JSON.parse(readFileSync("package-lock.json", "utf8")) as {packages: Record<string, Locked>};
const {allowScripts, engines} = JSON.parse(readFileSync("package.json", "utf8")) as {allowScripts: Record<string, boolean>; engines: {node: string}};
/** The oldest of each line that package.json names. */
const nodes = ["20.19.0", "22.13.0", "24.0.0"];

/** Whether a version is in a range of npm's form: `^20.19.0 || >=22`, `>= 14`, `6.*`. Throws where it cannot read the range. */
function accepts(range: string, version: string): boolean {
  const numbers = (text: string) => text.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : 0));
  const compare = (a: number[], b: number[]) => [0, 1, 2].map((i) => (a[i] ?? 0) - (b[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
  const own = numbers(version);
  return range.split("||").some((part) =>
    (part.trim().replace(/([<>=^~]) +/g, "$1") || "*").split(/\s+/).every((one) => {
      const [, sign, text] = /^([<>]=?|=|\^|~)?v?((?:\d+|x|\*)(?:\.(?:\d+|x|\*)){0,2})$/.exec(one) ?? [];
      if (text === undefined) throw new Error(`a range of engines that this test cannot read: "${range}"`);
      const order = compare(own, numbers(text));
      if (sign === ">=") return order >= 0;
      if (sign === ">") return order > 0;
      if (sign === "<") return order < 0;
      if (sign === "<=") return order <= 0;
      if (sign === "^") return order >= 0 && own[0] === numbers(text)[0];
      const given = text.split(".").filter((number) => /^\d+$/.test(number)).map(Number);
      const same = sign === "~" ? Math.min(given.length, 2) : given.length;
      return (sign !== "~" || order >= 0) && given.slice(0, same).every((number, i) => own[i] === number);
    })
  );
}

describe("the locked packages", () => {
  it("run on every line of Node that package.json names, where they are not optional", () => {
    expect(accepts("^20.19.0 || ^22.13.0 || >=24", "22.12.0")).toBe(false);
    expect(accepts(">= 14.17", "20.19.0")).toBe(true);
    expect(accepts(">=22.12.0", "20.19.0")).toBe(false);
    const others = Object.entries(packages).flatMap(([path, {optional, engines}]) => nodes.filter((node) => !optional && engines?.node && !accepts(engines.node, node)).map((node) => `${path} wants Node ${engines!.node}, not ${node}`));
    expect(others).toEqual([]);
    expect(nodes.every((node) => accepts(engines.node, node))).toBe(true);
  });

  it("have no install script but those that package.json allows or denies by name", () => {
    const withScript = Object.entries(packages).filter(([, {hasInstallScript}]) => hasInstallScript).map(([path]) => path.replace(/^.*node_modules\//, ""));
    expect([...new Set(withScript)].sort()).toEqual(Object.keys(allowScripts).sort());
    expect(Object.values(allowScripts)).not.toContain(true);
  });

  it("name no registry: everybody's npm asks its own", () => {
    expect(Object.values(packages).filter(({resolved}) => resolved !== undefined)).toEqual([]);
  });
});
