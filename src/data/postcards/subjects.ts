/** The twelve things on postcards, each a few shapes in a box from (-1, -1) to (1, 1), feet at y = 1. Not where they stand: see scene.ts. */
import type {Shape} from "./shapes.ts";
import {box, capsule, circle, ellipse, polygon, union} from "./shapes.ts";
import type {Colour} from "./canvas.ts";

/** What a part is painted with: the card's colour in three strengths, or a paint of its own. */
export type Paint = "body" | "shade" | "light" | "ink" | Colour;

export interface Part {
  shape: Shape;
  paint: Paint;
  /** Belongs to the silhouette, which gets the outline. Details inside do not. */
  silhouette?: boolean;
  /** Shines at night. */
  lamp?: boolean;
}

export interface Subject {
  parts: Part[];
  /** "air" ones hang in the sky, "ground" ones stand. */
  home: "air" | "ground";
  /** Times the usual size: a house is larger than a flower. */
  size?: number;
}

const wood: Colour = [133, 94, 61];
const leaf: Colour = [66, 138, 62];
const glass: Colour = [190, 226, 240];
const lampGlass: Colour = [255, 226, 120];
const beak: Colour = [245, 158, 38];
const cream: Colour = [250, 244, 228];
const nose: Colour = [224, 122, 128];
const fur: Colour = [70, 50, 46];
const slate: Colour = [74, 78, 98];
const wicker: Colour = [188, 132, 74];
const bubble: Colour = [206, 240, 255];
const flame: Colour = [250, 130, 40];

const body = (shape: Shape, paint: Paint = "body"): Part => ({shape, paint, silhouette: true});
const detail = (shape: Shape, paint: Paint): Part => ({shape, paint});
const lamp = (shape: Shape, paint: Paint): Part => ({shape, paint, lamp: true});
const bow = (x: number, y: number) => union(polygon([[x, y], [x - 0.22, y - 0.1], [x - 0.2, y + 0.12]], 0.02), polygon([[x, y], [x + 0.22, y - 0.12], [x + 0.2, y + 0.1]], 0.02));

export const subjects = {
  dog: {
    home: "ground",
    size: 0.95,
    parts: [
      body(capsule([-0.62, 0.02], [-0.98, -0.5], 0.1)),
      body(union(box(-0.58, 0.65, 0.11, 0.35, 0.08), box(0.2, 0.65, 0.11, 0.35, 0.08)), "shade"),
      body(union(box(-0.36, 0.65, 0.12, 0.35, 0.08), box(0.42, 0.65, 0.12, 0.35, 0.08))),
      body(box(-0.08, 0.14, 0.64, 0.3, 0.24)),
      body(union(circle(0.5, -0.36, 0.36), box(0.8, -0.22, 0.24, 0.16, 0.14))),
      detail(box(0.84, -0.2, 0.2, 0.13, 0.12), cream),
      detail(ellipse(0.3, -0.2, 0.2, 0.38), fur),
      detail(circle(0.62, -0.46, 0.085), "ink"),
      detail(circle(0.98, -0.3, 0.12), "ink")
    ]
  },
  cat: {
    home: "ground",
    size: 0.9,
    parts: [
      body(union(capsule([0.3, 0.85], [0.82, 0.72], 0.1), capsule([0.82, 0.72], [0.86, 0.2], 0.1)), "shade"),
      body(ellipse(0, 0.52, 0.46, 0.48)),
      body(polygon([[-0.5, -0.3], [-0.5, -0.9], [-0.06, -0.6]], 0.06)),
      body(polygon([[0.5, -0.3], [0.5, -0.9], [0.06, -0.6]], 0.06)),
      body(ellipse(0, -0.26, 0.58, 0.44)),
      detail(union(polygon([[-0.42, -0.42], [-0.42, -0.76], [-0.18, -0.58]]), polygon([[0.42, -0.42], [0.42, -0.76], [0.18, -0.58]])), nose),
      detail(ellipse(0, 0.6, 0.26, 0.32), cream),
      detail(union(ellipse(-0.25, -0.3, 0.15, 0.14), ellipse(0.25, -0.3, 0.15, 0.14)), [196, 232, 84]),
      detail(union(ellipse(-0.25, -0.3, 0.06, 0.13), ellipse(0.25, -0.3, 0.06, 0.13)), "ink"),
      detail(polygon([[-0.07, -0.13], [0.07, -0.13], [0, -0.05]], 0.02), nose),
      detail(union(capsule([-0.3, -0.06], [-0.72, -0.14], 0.018), capsule([-0.3, 0], [-0.7, 0.04], 0.018), capsule([0.3, -0.06], [0.72, -0.14], 0.018), capsule([0.3, 0], [0.7, 0.04], 0.018)), cream)
    ]
  },
  bird: {
    home: "air",
    size: 0.9,
    parts: [
      body(polygon([[-0.4, 0.02], [-1, -0.08], [-0.9, 0.12], [-1, 0.32], [-0.4, 0.3]], 0.03), "shade"),
      body(polygon([[0.18, 0], [-0.02, -0.9], [-0.22, -0.5], [-0.24, 0.1]], 0.05), "shade"),
      body(polygon([[0.68, -0.28], [1.1, -0.04], [0.66, 0.1]], 0.04), beak),
      body(union(capsule([-0.06, 0.5], [-0.14, 0.78], 0.05), capsule([0.16, 0.5], [0.1, 0.78], 0.05)), beak),
      body(union(ellipse(0, 0.2, 0.6, 0.36), circle(0.5, -0.1, 0.3))),
      detail(ellipse(0.12, 0.36, 0.36, 0.16), "light"),
      body(polygon([[0.2, 0.1], [-0.5, -0.86], [-0.58, -0.4], [-0.34, 0.16]], 0.06), "light"),
      detail(circle(0.56, -0.18, 0.075), "ink")
    ]
  },
  fish: {
    home: "ground",
    size: 0.95,
    parts: [
      body(polygon([[-0.4, 0.2], [-0.96, -0.28], [-0.84, 0.2], [-0.96, 0.68]], 0.05), "shade"),
      body(polygon([[-0.2, -0.1], [0, -0.48], [0.4, -0.12]], 0.05), "shade"),
      body(polygon([[-0.1, 0.5], [0, 0.84], [0.28, 0.5]], 0.05), "shade"),
      body(ellipse(0.18, 0.2, 0.76, 0.46)),
      detail(union(capsule([-0.06, -0.08], [-0.06, 0.48], 0.055), capsule([-0.3, 0.02], [-0.3, 0.38], 0.05)), "light"),
      detail(union(circle(0.72, -0.44, 0.13), circle(0.86, -0.74, 0.1), circle(0.5, -0.66, 0.08)), bubble),
      detail(circle(0.56, 0.08, 0.18), cream),
      detail(circle(0.61, 0.08, 0.1), "ink"),
      detail(capsule([0.72, 0.38], [0.86, 0.32], 0.035), "ink")
    ]
  },
  boat: {
    home: "ground",
    parts: [
      body(box(0, -0.2, 0.05, 0.76, 0.04), wood),
      body(polygon([[0.12, -0.92], [0.12, 0.24], [0.86, 0.24]], 0.03)),
      body(polygon([[-0.1, -0.74], [-0.1, 0.26], [-0.8, 0.26]], 0.03), cream),
      body(polygon([[-0.96, 0.42], [0.96, 0.42], [0.6, 0.94], [-0.64, 0.94]], 0.05)),
      detail(polygon([[-0.94, 0.44], [0.94, 0.44], [0.88, 0.54], [-0.86, 0.54]]), "light")
    ]
  },
  car: {
    home: "ground",
    parts: [
      body(polygon([[-0.62, 0.2], [-0.42, -0.3], [0.3, -0.3], [0.62, 0.2]], 0.08)),
      body(box(0, 0.42, 0.98, 0.3, 0.16)),
      detail(polygon([[-0.5, 0.14], [-0.36, -0.24], [-0.08, -0.24], [-0.08, 0.14]], 0.04), glass),
      detail(polygon([[0.06, 0.14], [0.06, -0.24], [0.26, -0.24], [0.5, 0.14]], 0.04), glass),
      detail(box(0, 0.56, 0.96, 0.05), "shade"),
      lamp(circle(0.88, 0.36, 0.09), lampGlass),
      body(union(circle(-0.52, 0.7, 0.3), circle(0.52, 0.7, 0.3)), [40, 40, 48]),
      detail(union(circle(-0.52, 0.7, 0.12), circle(0.52, 0.7, 0.12)), [208, 208, 214])
    ]
  },
  house: {
    home: "ground",
    size: 1.12,
    parts: [
      body(box(0.46, -0.56, 0.11, 0.3, 0.02), slate),
      body(box(0, 0.45, 0.66, 0.55, 0.03)),
      body(polygon([[-0.88, -0.04], [0, -0.84], [0.88, -0.04]], 0.06), slate),
      detail(box(-0.28, 0.64, 0.17, 0.36, 0.05), wood),
      lamp(box(0.28, 0.46, 0.2, 0.2, 0.03), glass),
      detail(union(box(0.28, 0.46, 0.02, 0.2), box(0.28, 0.46, 0.2, 0.02)), cream)
    ]
  },
  tree: {
    home: "ground",
    size: 1.12,
    parts: [
      body(union(box(0, 0.62, 0.2, 0.38, 0.04), capsule([0, 0.5], [-0.3, 0.15], 0.07), capsule([0, 0.5], [0.3, 0.15], 0.07)), wood),
      body(union(circle(-0.44, -0.05, 0.42), circle(0.44, -0.05, 0.42), circle(0, -0.46, 0.5), circle(0, 0, 0.4))),
      detail(union(circle(-0.18, -0.58, 0.16), circle(-0.52, -0.14, 0.12)), "light"),
      detail(union(circle(0.4, 0.06, 0.13), circle(0.14, -0.12, 0.1)), "shade")
    ]
  },
  flower: {
    home: "ground",
    size: 0.92,
    parts: [
      body(capsule([0, 0.1], [0, 0.94], 0.09), leaf),
      body(union(ellipse(-0.38, 0.66, 0.36, 0.17), ellipse(0.38, 0.76, 0.36, 0.17)), leaf),
      // Five petals on a circle about the heart: cos and sin of 72 degrees, written out.
      body(union(circle(0, -0.72, 0.28), circle(0.38, -0.44, 0.28), circle(0.235, 0, 0.28), circle(-0.235, 0, 0.28), circle(-0.38, -0.44, 0.28))),
      detail(circle(0, -0.32, 0.28), [248, 206, 70]),
      detail(circle(0, -0.32, 0.12), [196, 120, 36])
    ]
  },
  kite: {
    home: "air",
    parts: [
      body(polygon([[0, -0.98], [0.62, -0.34], [0, 0.34], [-0.62, -0.34]], 0.02)),
      detail(polygon([[0, -0.92], [0.56, -0.34], [0, -0.34]]), "light"),
      detail(polygon([[0, 0.28], [-0.56, -0.34], [0, -0.34]]), "light"),
      detail(union(capsule([0, -0.98], [0, 0.34], 0.025), capsule([-0.62, -0.34], [0.62, -0.34], 0.025)), "shade"),
      detail(union(capsule([0, 0.36], [0.26, 0.56], 0.04), capsule([0.26, 0.56], [-0.14, 0.76], 0.04), capsule([-0.14, 0.76], [0.16, 0.98], 0.04)), cream),
      body(bow(0.26, 0.56), [236, 72, 60]),
      body(bow(-0.14, 0.76), [255, 214, 64]),
      body(bow(0.16, 0.95), [64, 144, 240])
    ]
  },
  balloon: {
    home: "air",
    size: 1.1,
    parts: [
      detail(union(capsule([-0.34, 0.2], [-0.16, 0.72], 0.03), capsule([0.34, 0.2], [0.16, 0.72], 0.03)), cream),
      body(union(circle(0, -0.36, 0.62), polygon([[-0.52, -0.04], [0.52, -0.04], [0.18, 0.42], [-0.18, 0.42]], 0.04))),
      detail(union(ellipse(0, -0.36, 0.2, 0.6), polygon([[-0.18, 0], [0.18, 0], [0.08, 0.4], [-0.08, 0.4]])), "light"),
      body(box(0, 0.82, 0.26, 0.17, 0.05), wicker)
    ]
  },
  rocket: {
    home: "air",
    size: 1.1,
    parts: [
      lamp(polygon([[-0.26, 0.54], [0.26, 0.54], [0, 1.04]], 0.07), flame),
      lamp(polygon([[-0.14, 0.54], [0.14, 0.54], [0, 0.84]], 0.03), [255, 222, 90]),
      body(polygon([[-0.26, 0], [-0.64, 0.44], [-0.62, 0.72], [-0.24, 0.5]], 0.03), "shade"),
      body(polygon([[0.26, 0], [0.64, 0.44], [0.62, 0.72], [0.24, 0.5]], 0.03), "shade"),
      body(polygon([[0, -1], [0.2, -0.72], [0.32, -0.3], [0.32, 0.2], [0.2, 0.56], [-0.2, 0.56], [-0.32, 0.2], [-0.32, -0.3], [-0.2, -0.72]], 0.02)),
      detail(polygon([[0, -0.98], [0.19, -0.72], [0.24, -0.58], [-0.24, -0.58], [-0.19, -0.72]]), "light"),
      detail(circle(0, -0.2, 0.23), cream),
      detail(circle(0, -0.2, 0.15), [110, 170, 205])
    ]
  }
} satisfies Record<string, Subject>;
