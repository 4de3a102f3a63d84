/**
 * Flat shapes as signed distance functions (negative inside, in the shape's own units), each with a box that holds it.
 * Not a renderer: see canvas.ts. Only + - * / and sqrt are used, which IEEE 754 fixes to the last bit, so every machine
 * draws the same picture; that is why nothing here calls sin or exp.
 * Formulas: Inigo Quilez, "2D distance functions".
 */

export interface Shape {
  /** Signed distance from (x, y) to the edge; y grows downwards. */
  distance(x: number, y: number): number;
  /** [left, top, right, bottom] of a box that holds the shape. */
  box: [number, number, number, number];
}

export type Point = readonly [number, number];

export function circle(cx: number, cy: number, radius: number): Shape {
  return {
    distance: (x, y) => Math.sqrt((x - cx) * (x - cx) + (y - cy) * (y - cy)) - radius,
    box: [cx - radius, cy - radius, cx + radius, cy + radius]
  };
}

/** An ellipse with its axes along x and y; the distance is first-order exact near the edge, where it is drawn. */
export function ellipse(cx: number, cy: number, rx: number, ry: number): Shape {
  return {
    distance(x, y) {
      const dx = (x - cx) / rx;
      const dy = (y - cy) / ry;
      const k = Math.sqrt(dx * dx + dy * dy);
      if (k === 0) return -Math.min(rx, ry);
      const ex = dx / rx;
      const ey = dy / ry;
      return (k * (k - 1)) / Math.sqrt(ex * ex + ey * ey);
    },
    box: [cx - rx, cy - ry, cx + rx, cy + ry]
  };
}

/** A box of half width `hx` and half height `hy`, its corners rounded by `radius`. */
export function box(cx: number, cy: number, hx: number, hy: number, radius = 0): Shape {
  return {
    distance(x, y) {
      const qx = Math.abs(x - cx) - hx + radius;
      const qy = Math.abs(y - cy) - hy + radius;
      const ox = qx > 0 ? qx : 0;
      const oy = qy > 0 ? qy : 0;
      return Math.sqrt(ox * ox + oy * oy) + Math.min(Math.max(qx, qy), 0) - radius;
    },
    box: [cx - hx, cy - hy, cx + hx, cy + hy]
  };
}

/** A line from `a` to `b`, `radius` thick on each side, with round ends. */
export function capsule([ax, ay]: Point, [bx, by]: Point, radius: number): Shape {
  const ex = bx - ax;
  const ey = by - ay;
  const squared = ex * ex + ey * ey;
  return {
    distance(x, y) {
      const px = x - ax;
      const py = y - ay;
      let h = (px * ex + py * ey) / squared;
      h = h < 0 ? 0 : h > 1 ? 1 : h;
      const dx = px - ex * h;
      const dy = py - ey * h;
      return Math.sqrt(dx * dx + dy * dy) - radius;
    },
    box: [Math.min(ax, bx) - radius, Math.min(ay, by) - radius, Math.max(ax, bx) + radius, Math.max(ay, by) + radius]
  };
}

/** A closed polygon, its corners rounded outwards by `radius`. */
export function polygon(points: readonly Point[], radius = 0): Shape {
  const n = points.length;
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return {
    distance(x, y) {
      let nearest = Infinity;
      let inside = false;
      for (let i = 0, j = n - 1; i < n; j = i++) {
        const ex = xs[j] - xs[i];
        const ey = ys[j] - ys[i];
        const wx = x - xs[i];
        const wy = y - ys[i];
        let h = (wx * ex + wy * ey) / (ex * ex + ey * ey);
        h = h < 0 ? 0 : h > 1 ? 1 : h;
        const dx = wx - ex * h;
        const dy = wy - ey * h;
        const squared = dx * dx + dy * dy;
        if (squared < nearest) nearest = squared;
        if (ys[i] > y !== ys[j] > y && x < (ex * (y - ys[i])) / ey + xs[i]) inside = !inside;
      }
      return (inside ? -Math.sqrt(nearest) : Math.sqrt(nearest)) - radius;
    },
    box: [Math.min(...xs) - radius, Math.min(...ys) - radius, Math.max(...xs) + radius, Math.max(...ys) + radius]
  };
}

/** Everything that lies in one of the shapes. */
export function union(...shapes: Shape[]): Shape {
  const boxes = Float64Array.from(shapes.flatMap((shape) => shape.box));
  return {
    distance(x, y) {
      let nearest = Infinity;
      for (let i = 0; i < shapes.length; i++) {
        const k = 4 * i;
        // A shape is no nearer than its box.
        if (boxes[k] - x > nearest || boxes[k + 1] - y > nearest || x - boxes[k + 2] > nearest || y - boxes[k + 3] > nearest) continue;
        const d = shapes[i].distance(x, y);
        if (d < nearest) nearest = d;
      }
      return nearest;
    },
    box: [
      Math.min(...shapes.map((s) => s.box[0])),
      Math.min(...shapes.map((s) => s.box[1])),
      Math.max(...shapes.map((s) => s.box[2])),
      Math.max(...shapes.map((s) => s.box[3]))
    ]
  };
}

/** What is in `shape` and not in `hole`. */
export function without(shape: Shape, hole: Shape): Shape {
  return {distance: (x, y) => Math.max(shape.distance(x, y), -hole.distance(x, y)), box: shape.box};
}

/** The shape grown by `width` on every side. */
export function grow(shape: Shape, width: number): Shape {
  const [l, t, r, b] = shape.box;
  return {distance: (x, y) => shape.distance(x, y) - width, box: [l - width, t - width, r + width, b + width]};
}

/** The shape in a frame of its own: scaled, mirrored in x if `flip`, then moved to (cx, cy). */
export function place(shape: Shape, cx: number, cy: number, scale: number, flip = false): Shape {
  const sign = flip ? -1 : 1;
  const [l, t, r, b] = shape.box;
  return {
    distance: (x, y) => shape.distance((sign * (x - cx)) / scale, (y - cy) / scale) * scale,
    box: [cx + scale * (flip ? -r : l), cy + scale * t, cx + scale * (flip ? -l : r), cy + scale * b]
  };
}
