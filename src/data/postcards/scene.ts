/** Composes a postcard: a place by day or by night, and one to three subjects in it. Not what is said about it: see captions.ts. */
import type {Random} from "../../tensor/random.ts";
import type {Canvas, Colour} from "./canvas.ts";
import {chalkCanvas, flatCanvas} from "./canvas.ts";
import type {Card, ColourName} from "./factors.ts";
import {paintPlace} from "./places.ts";
import {ellipse, place} from "./shapes.ts";
import type {Paint, Subject} from "./subjects.ts";
import {subjects} from "./subjects.ts";

export type Style = "flat" | "chalk";

/** The subjects' colours, far apart in hue or lightness, by day and dimmed at night. */
export const colours: Record<ColourName, Colour> = {
  red: [222, 48, 44],
  yellow: [252, 208, 40],
  green: [34, 160, 66],
  blue: [36, 96, 220],
  purple: [138, 54, 186],
  pink: [252, 134, 186],
  brown: [122, 72, 38],
  white: [252, 252, 250]
};

const ink: Colour = [30, 28, 38];

/**
 * Draws one card: uint8 RGB, [sizePx, sizePx, 3]. `random` moves and scales things a little; the same generator state,
 * card and size give the same bytes on every machine, and the same scene at every size.
 */
export function drawCard(card: Card, {sizePx, style = "flat", random}: {sizePx: number; style?: Style; random: Random}): Uint8Array {
  const canvas = style === "chalk" ? chalkCanvas(sizePx) : flatCanvas(sizePx);
  const night = card.time === "night";
  const {standY} = paintPlace(canvas, card.place, night, random.fork("place"));
  const subject: Subject = subjects[card.subject];
  for (const spot of spots(subject, card.count, standY, random.fork("spots"))) paintSubject(canvas, subject, spot, {colour: colours[card.colour], night, sizePx});
  return canvas.toPixels();
}

interface Spot {
  x: number;
  y: number;
  /** Half the side of the subject's box, in picture sides. */
  scale: number;
  flip: boolean;
}

/** Where each subject goes, back to front. Crowds are smaller, so that each can be told from the next. */
function spots({home, size = 1}: Subject, count: number, standY: number, random: Random): Spot[] {
  const jitter = (amount: number) => (random() * 2 - 1) * amount;
  const air = home === "air";
  const flip = random() < 0.5;
  const scale = size * (count === 1 ? 0.36 : count === 2 ? 0.25 : 0.205) * (1 + jitter(0.08));
  const middle = air ? 0.42 : standY - scale;
  const centres =
    count === 1
      ? [[0.5, middle]]
      : count === 2
        ? [[0.26, middle - 0.03], [0.74, middle + 0.01]]
        : random() < 0.5
          ? [[0.5, middle - (air ? 0.16 : 0.26)], [0.25, middle + (air ? 0.2 : 0.01)], [0.75, middle + (air ? 0.22 : 0.02)]]
          : [[0.21, middle - 0.02], [0.5, middle - 0.14], [0.79, middle + 0.01]];
  const spread = count === 1 ? 0.1 : 0.02;
  return centres.map(([x, y]) => ({
    x: x + jitter(spread),
    y: Math.max(Math.min(y + jitter(air ? 0.04 : 0.018), 0.97 - scale), scale + 0.02),
    scale,
    flip: random() < 0.15 ? !flip : flip
  }));
}

function paintSubject(canvas: Canvas, subject: Subject, {x, y, scale, flip}: Spot, {colour, night, sizePx}: {colour: Colour; night: boolean; sizePx: number}) {
  // Thick enough to part a subject from its place, thin enough to leave it its colour.
  const line = Math.max(scale * 0.055, 0.3 / sizePx);
  if (subject.home === "ground") canvas.fill(ellipse(x, y + scale * 0.97, scale * 0.85, scale * 0.13), [16, 20, 34], {opacity: 0.28});
  const outlineColour = mix(mix(colour, [128, 128, 128], 0.4), ink, 0.82);
  for (const part of subject.parts) {
    if (part.silhouette) canvas.outline(place(part.shape, x, y, scale, flip), outlineColour, line);
  }
  for (const part of subject.parts) {
    const paint = paintOf(part.paint, colour);
    const lit = part.lamp && night ? warm(paint) : night ? dim(paint) : paint;
    canvas.fill(place(part.shape, x, y, scale, flip), lit, {shade: part.silhouette ? 0.86 : 1});
  }
}

function paintOf(paint: Paint, colour: Colour): Colour {
  if (paint === "body") return colour;
  if (paint === "ink") return ink;
  if (paint === "shade") return mix(colour, [20, 16, 40], 0.24);
  if (paint === "light") return lightness(colour) > 235 ? [214, 218, 228] : mix(colour, [255, 255, 255], 0.42);
  return paint;
}

const dim = ([r, g, b]: Colour): Colour => [r * 0.92, g * 0.92, b * 0.95];
const warm = (_paint: Colour): Colour => [255, 226, 120];
const lightness = ([r, g, b]: Colour) => (r + g + b) / 3;

function mix(a: Colour, b: Colour, share: number): Colour {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}
