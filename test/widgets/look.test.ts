import {readFileSync} from "node:fs";
import {describe, expect, it} from "vitest";
import {categories, inkOn} from "../../widgets/shared/colour.ts";

/** The style sheet's tokens, each as [light, dark]. */
const css = readFileSync("widgets/look.css", "utf8");
const tokens = new Map([...css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name, light, dark]) => [name, [light, dark]]));

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The contrast ratio of WCAG 2. */
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

describe.each([
  ["light", 0],
  ["dark", 1]
] as const)("the look in %s", (_, side) => {
  const colour = (name: string) => tokens.get(name)![side];

  it.each(["ink", "ink-soft", "image-ink", "caption-ink", "pair-ink", "hard-ink", "chance-ink"])("has words in %s at 4.5 to 1 or more", (name) => {
    expect(contrast(colour(name), colour("paper"))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colour(name), colour("surface"))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(["image", "caption", "pair", "hard", "chance", "selected", "focus"])("has marks in %s at 3 to 1 or more", (name) => {
    expect(contrast(colour(name), colour("paper"))).toBeGreaterThanOrEqual(3);
  });

  it("writes readably on a filled button", () => {
    expect(contrast(colour("on-ink"), colour("ink"))).toBeGreaterThanOrEqual(4.5);
  });
});

it("keeps the four colours with a meaning as the visual grammar names them", () => {
  expect(["image", "caption", "pair", "hard"].map((name) => tokens.get(name)![0])).toEqual(["#0072b2", "#d55e00", "#009e73", "#cc79a7"]);
});

it("writes digits readably on every fill", () => {
  for (const fill of categories) expect(contrast(fill, inkOn(fill) === "#000" ? "#000000" : "#ffffff")).toBeGreaterThanOrEqual(4.5);
});
