/** Colours for canvas: the style sheet's tokens as the browser resolves them, and the scales for probability, cosine and difference. */
import {interpolateCividis, interpolateLab, piecewise, rgb} from "d3";

export type Token =
  | "paper" | "surface" | "ink" | "ink-soft" | "rule" | "image" | "image-ink" | "caption" | "caption-ink"
  | "pair" | "pair-ink" | "hard" | "hard-ink" | "chance" | "selected" | "focus";
const tokens: Token[] = ["paper", "surface", "ink", "ink-soft", "rule", "image", "image-ink", "caption", "caption-ink", "pair", "pair-ink", "hard", "hard-ink", "chance", "selected", "focus"];
export type Colours = Record<Token, string>;

const known = new Map<string, Colours>();

/** The tokens' colours in force at `element`, which must be in the document. Looked up once for each ink that words have: a theme changes it, too. */
export function coloursAt(element: Element): Colours {
  const ink = getComputedStyle(element).color;
  let colours = known.get(ink);
  if (!colours) known.set(ink, (colours = lookUp(element)));
  return colours;
}

function lookUp(element: Element): Colours {
  const probe = document.createElement("span");
  probe.style.display = "none";
  element.append(probe);
  const style = getComputedStyle(probe);
  const colours = {} as Colours;
  for (const token of tokens) {
    probe.style.color = `var(--${token})`;
    colours[token] = style.color;
  }
  probe.remove();
  return colours;
}

/** 256 colours as the little-endian RGBA words of ImageData. */
function table(interpolate: (t: number) => string): Uint32Array {
  return Uint32Array.from({length: 256}, (_, i) => {
    const {r, g, b} = rgb(interpolate(i / 255));
    return (255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r);
  });
}

/** Cividis (Nuñez, Anderton and Renslow 2018), dark for 0: the same to all eyes. For probability and cosine. */
export const sequential = interpolateCividis;
export const sequentialTable = table(sequential);

/** Blue-violet for less, near-white for nothing, brown for more: apart from the colours that mean image and caption. */
export const diverging = piecewise(interpolateLab, ["#3b1f72", "#6f59b3", "#b3a8d6", "#f4f2ee", "#dcb878", "#a8721c", "#5f3a05"]);
export const divergingTable = table(diverging);

/** What is not a number is drawn in this grey. */
export const nanWord = 0xff8c8c8c | 0;

/** Fills for up to ten classes, apart from the four colours with a meaning. */
export const categories = ["#b89b00", "#7556c9", "#a51c45", "#56b4e9", "#7a8f2a", "#7a4f2d", "#1fa3ad", "#e58fb0", "#5f6773", "#f0c24a"];

/** Black or white, whichever is easier to read on `colour`. */
export function inkOn(colour: string): string {
  const {r, g, b} = rgb(colour);
  const linear = (v: number) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  return luminance > 0.179 ? "#000" : "#fff";
}
