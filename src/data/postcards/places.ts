/** The eight places of postcards, by day and by night: backgrounds only. Each has colours and forms of its own, plain at 32 px. */
import type {Random} from "../../tensor/random.ts";
import type {Canvas, Colour} from "./canvas.ts";
import type {PlaceName} from "./factors.ts";
import type {Point, Shape} from "./shapes.ts";
import {box, capsule, circle, ellipse, polygon, union, without} from "./shapes.ts";

/** What a place's painter has at hand. */
interface Scene {
  night: boolean;
  random: Random;
  /** From `low` to `high`. */
  between(low: number, high: number): number;
  /** Paints with a colour as it looks at the scene's time. */
  fill(shape: Shape, colour: Colour, options?: {opacity?: number; shade?: number}): void;
  /** Paints with the colour itself: lights, the moon. */
  glow(shape: Shape, colour: Colour, options?: {opacity?: number}): void;
}

interface Place {
  /** The sky's colours by day, top and horizon. */
  sky: [Colour, Colour];
  /** Clouds by day? */
  clouds: boolean;
  /** Paints everything below the sky and returns where subjects stand (their feet's y). */
  paint(scene: Scene): number;
}

/** Paints the sky and the place; returns where things stand. */
export function paintPlace(canvas: Canvas, name: PlaceName, night: boolean, random: Random): {standY: number} {
  const place = places[name];
  const between = (low: number, high: number) => low + (high - low) * random();
  const seen = (colour: Colour) => (night ? nightly(colour) : colour);
  canvas.backdrop(night ? mixed(nightly(place.sky[0]), [10, 14, 52], 0.8) : place.sky[0], night ? mixed(nightly(place.sky[1]), [44, 46, 104], 0.55) : place.sky[1]);
  const scene: Scene = {
    night,
    random,
    between,
    fill: (shape, colour, options) => canvas.fill(shape, seen(colour), options),
    glow: (shape, colour, options) => canvas.fill(shape, colour, options)
  };
  paintSky(scene, place.clouds);
  return {standY: place.paint(scene)};
}

/** Moonlight: everything darker and bluer, but each place still of its own hue. */
const nightly = ([r, g, b]: Colour): Colour => [r * 0.46 + 2, g * 0.48 + 6, b * 0.54 + 22];

const mixed = (a: Colour, b: Colour, share: number): Colour => [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];

function paintSky({night, between, random, glow}: Scene, clouds: boolean) {
  const left = random() < 0.5;
  const x = left ? between(0.1, 0.2) : between(0.8, 0.9);
  const y = between(0.1, 0.17);
  if (night) {
    for (let i = 0; i < 16; i++) glow(circle(between(0, 1), between(0, 0.5), between(0.005, 0.012)), [255, 250, 220], {opacity: between(0.5, 1)});
    glow(circle(x, y, 0.12), [255, 246, 200], {opacity: 0.1});
    glow(without(circle(x, y, 0.085), circle(x + 0.045, y - 0.025, 0.075)), [255, 246, 200]);
  } else {
    glow(circle(x, y, 0.135), [255, 240, 170], {opacity: 0.4});
    glow(circle(x, y, 0.085), [255, 226, 92]);
    if (!clouds) return;
    for (let i = 0; i < 2; i++) {
      const cx = left ? between(0.45, 0.95) : between(0.05, 0.55);
      const cy = between(0.07, 0.3);
      const s = between(0.7, 1.1);
      glow(union(ellipse(cx, cy, 0.12 * s, 0.035 * s), circle(cx - 0.03 * s, cy - 0.03 * s, 0.045 * s), circle(cx + 0.04 * s, cy - 0.02 * s, 0.035 * s)), [255, 255, 255], {opacity: 0.9});
    }
  }
}

/** The ground as a wide hill whose top is at `y`. */
const hill = (cx: number, y: number, rx: number, ry: number) => ellipse(cx, y + ry, rx, ry);

/** A three-tiered fir standing on (x, y). */
function fir(scene: Scene, x: number, y: number, h: number, colour: Colour, snow?: Colour) {
  scene.fill(box(x, y - h * 0.05, h * 0.05, h * 0.1), [92, 66, 48]);
  const tier = (top: number, bottom: number, half: number): Point[] => [[x, y - h * top], [x + h * half, y - h * bottom], [x - h * half, y - h * bottom]];
  scene.fill(union(polygon(tier(0.55, 0.1, 0.3)), polygon(tier(0.8, 0.32, 0.24)), polygon(tier(1, 0.55, 0.18))), colour);
  if (snow) scene.fill(union(polygon(tier(1, 0.78, 0.09)), polygon(tier(0.62, 0.5, 0.1))), snow);
}

const places: Record<PlaceName, Place> = {
  meadow: {
    sky: [[108, 186, 240], [206, 234, 250]],
    clouds: true,
    paint(scene) {
      const {fill, between, random} = scene;
      const y = between(0.56, 0.62);
      fill(hill(between(0.1, 0.4), y - 0.06, 0.7, 0.5), [126, 196, 92]);
      fill(hill(between(0.7, 1), y - 0.02, 0.8, 0.6), [106, 182, 76]);
      fill(hill(0.5, y + 0.09, 1.4, 0.9), [134, 208, 82]);
      const petals: Colour[] = [[255, 255, 255], [255, 226, 96], [250, 160, 190]];
      for (let i = 0; i < 14; i++) fill(circle(between(0.02, 0.98), between(y + 0.16, 0.98), between(0.009, 0.016)), petals[random.integer(3)]);
      return between(0.84, 0.9);
    }
  },
  beach: {
    sky: [[120, 206, 244], [224, 244, 250]],
    clouds: true,
    paint({fill, between, random}) {
      const y = between(0.5, 0.55);
      fill(box(0.5, y + 0.1, 0.6, 0.1), [30, 150, 196]);
      fill(box(0.5, y + 0.085, 0.6, 0.008), [96, 200, 226]);
      fill(hill(0.4, y + 0.13, 1.3, 0.8), [255, 255, 255], {opacity: 0.85});
      fill(hill(0.4, y + 0.15, 1.3, 0.8), [248, 220, 150]);
      // A palm on one side.
      const left = random() < 0.5;
      const x = left ? between(0.07, 0.12) : between(0.88, 0.93);
      const lean = left ? 0.05 : -0.05;
      fill(union(capsule([x, 0.78], [x + lean * 0.4, 0.6], 0.016), capsule([x + lean * 0.4, 0.6], [x + lean, 0.44], 0.013)), [150, 108, 66]);
      const top: Point = [x + lean, 0.43];
      const fronds: Point[] = [[-0.12, 0.02], [-0.1, -0.08], [0.02, -0.11], [0.11, -0.06], [0.12, 0.04]];
      fill(union(...fronds.map(([dx, dy]) => capsule(top, [top[0] + dx, top[1] + dy], 0.017))), [48, 146, 74]);
      for (let i = 0; i < 3; i++) fill(circle(between(0.05, 0.95), between(y + 0.24, 0.97), 0.012), [240, 150, 120]);
      return between(0.85, 0.91);
    }
  },
  city: {
    sky: [[172, 188, 214], [238, 222, 214]],
    clouds: false,
    paint({fill, glow, between, random, night}) {
      const walls: Colour[] = [[120, 128, 148], [152, 120, 118], [104, 112, 134], [166, 150, 142]];
      const road = between(0.73, 0.77);
      let x = -between(0, 0.08);
      while (x < 1) {
        const width = between(0.12, 0.19);
        const top = between(0.2, 0.5);
        fill(box(x + width / 2, (top + road) / 2, width / 2 - 0.006, (road - top) / 2), walls[random.integer(4)]);
        for (let wy = top + 0.045; wy < road - 0.05; wy += 0.075) {
          for (let wx = x + 0.035; wx < x + width - 0.02; wx += 0.048) {
            const lit = random() < 0.65;
            if (night) glow(box(wx, wy, 0.013, 0.02), lit ? [255, 218, 110] : [50, 54, 82]);
            else glow(box(wx, wy, 0.013, 0.02), lit ? [214, 232, 240] : [92, 104, 128]);
          }
        }
        x += width;
      }
      fill(box(0.5, road + 0.02, 0.6, 0.025), [186, 184, 182]);
      fill(box(0.5, road + 0.18, 0.6, 0.14), [88, 90, 98]);
      for (let i = 0; i < 4; i++) fill(box(0.1 + i * 0.28, 0.93, 0.07, 0.011), [244, 240, 224]);
      return between(0.86, 0.9);
    }
  },
  mountains: {
    sky: [[120, 176, 226], [226, 234, 240]],
    clouds: false,
    paint({fill, between}) {
      const peak = (x: number, top: number, half: number, colour: Colour) => {
        const foot = 0.74;
        const at = (down: number, across: number): Point => [x + half * down * across, top + (foot - top) * down];
        fill(polygon([[x, top], [x + half, foot], [x - half, foot]]), colour);
        fill(polygon([[x, top], [x + half, foot], at(1, 0.1)]), [40, 44, 70], {opacity: 0.22});
        fill(polygon([[x, top], at(0.36, 1), at(0.27, 0.45), at(0.4, 0.1), at(0.28, -0.4), at(0.36, -1)]), [252, 252, 255]);
      };
      peak(between(0.02, 0.14), between(0.24, 0.3), 0.42, [138, 132, 158]);
      peak(between(0.84, 0.96), between(0.2, 0.27), 0.46, [128, 122, 150]);
      peak(between(0.42, 0.58), between(0.12, 0.18), 0.44, [112, 106, 138]);
      fill(hill(0.3, between(0.68, 0.71), 1.1, 0.7), [132, 150, 116]);
      fill(hill(0.7, between(0.76, 0.79), 1.3, 0.7), [110, 132, 100]);
      return between(0.86, 0.91);
    }
  },
  forest: {
    sky: [[150, 206, 196], [206, 232, 200]],
    clouds: false,
    paint(scene) {
      const {fill, between} = scene;
      fill(box(0.5, 0.8, 0.6, 0.3), [38, 92, 62]);
      for (let i = 0; i < 7; i++) fir(scene, i / 6 + between(-0.05, 0.05), 0.66, between(0.44, 0.58), [40, 104, 74]);
      for (let i = 0; i < 5; i++) fir(scene, i / 4 + between(-0.06, 0.06), 0.76, between(0.42, 0.54), [22, 82, 54]);
      fill(hill(0.5, between(0.7, 0.73), 1.3, 0.7), [66, 96, 48]);
      // Toadstools.
      for (let i = 0; i < 3; i++) {
        const [x, y] = [between(0.04, 0.96), between(0.82, 0.97)];
        fill(box(x, y, 0.008, 0.018), [244, 236, 216]);
        fill(ellipse(x, y - 0.018, 0.024, 0.015), [206, 92, 60]);
      }
      return between(0.86, 0.91);
    }
  },
  desert: {
    sky: [[246, 182, 112], [254, 226, 168]],
    clouds: false,
    paint({fill, between, random}) {
      const y = between(0.55, 0.6);
      fill(hill(between(0.05, 0.25), y - 0.02, 0.6, 0.4), [226, 156, 88]);
      fill(hill(between(0.75, 0.95), y, 0.7, 0.4), [214, 140, 76]);
      const left = random() < 0.5;
      const x = left ? between(0.07, 0.13) : between(0.87, 0.93);
      const cactus = union(
        capsule([x, y + 0.22], [x, y - 0.12], 0.03),
        capsule([x, y + 0.06], [x - 0.07, y + 0.04], 0.02), capsule([x - 0.07, y + 0.04], [x - 0.07, y - 0.05], 0.02),
        capsule([x, y + 0.02], [x + 0.07, y], 0.02), capsule([x + 0.07, y], [x + 0.07, y - 0.07], 0.02)
      );
      fill(hill(0.5, y + 0.1, 1.3, 0.8), [236, 176, 100]);
      fill(hill(left ? 1 : 0, y + 0.24, 1, 0.7), [226, 160, 86]);
      fill(cactus, [74, 132, 84]);
      return between(0.85, 0.91);
    }
  },
  sea: {
    sky: [[132, 200, 246], [214, 236, 250]],
    clouds: true,
    paint({fill, between}) {
      const y = between(0.42, 0.48);
      fill(box(0.5, y + 0.4, 0.6, 0.4), [26, 104, 178]);
      // Rows of waves, nearer ones larger and lighter.
      const rows: [number, number, Colour][] = [[0.06, 0.05, [32, 120, 192]], [0.16, 0.07, [36, 134, 202]], [0.29, 0.095, [46, 150, 212]], [0.44, 0.12, [64, 168, 222]]];
      for (const [down, size, colour] of rows) {
        const shift = between(0, size * 2);
        const crests: Shape[] = [box(0.5, y + down + 0.3, 0.6, 0.3 - size * 0.2)];
        for (let x = -shift; x < 1.2; x += size * 2) crests.push(ellipse(x, y + down + size * 0.25, size * 1.15, size * 0.5));
        const foam = crests.slice(1);
        fill(union(...foam), [206, 236, 248]);
        fill(union(...crests.map((crest, i) => (i === 0 ? crest : moved(crest, size * 0.16)))), colour);
      }
      return between(0.84, 0.9);
    }
  },
  snow: {
    sky: [[164, 186, 212], [222, 230, 240]],
    clouds: false,
    paint(scene) {
      const {fill, between} = scene;
      const y = between(0.58, 0.63);
      fill(hill(between(0.1, 0.3), y - 0.05, 0.8, 0.5), [214, 226, 240]);
      fir(scene, between(0.05, 0.12), y + 0.08, between(0.3, 0.38), [64, 112, 108], [250, 252, 255]);
      fir(scene, between(0.86, 0.95), y + 0.1, between(0.32, 0.42), [56, 104, 102], [250, 252, 255]);
      fill(hill(0.5, y + 0.06, 1.5, 0.9), [238, 244, 251]);
      for (let i = 0; i < 22; i++) fill(circle(between(0, 1), between(0, 0.95), between(0.008, 0.015)), [255, 255, 255]);
      return between(0.85, 0.9);
    }
  }
};

/** The shape, `dy` lower. */
function moved({distance, box: [l, t, r, b]}: Shape, dy: number): Shape {
  return {distance: (x, y) => distance(x, y - dy), box: [l, t + dy, r, b + dy]};
}
