/** Where words beside lines and marks stand: near what they name with nothing in between, free of each other, and on no line where that can be had. Arithmetic on places; draws nothing. */

export interface LabelWish {
  text: string;
  /** Points to stand beside, in px; the first is liked best. */
  near: [number, number][];
  /** Which of the lines it names, so that no other comes between the two; none where it names a mark. */
  line?: number;
}

export interface LabelSpace {
  em: number;
  /** Of the chart, in px. */
  width: number;
  height: number;
  /** The lines drawn, in px. */
  lines: [number, number][][];
}

/** The left end and the baseline of each text. */
export function placeLabels(wishes: readonly LabelWish[], {em, width, height, lines}: LabelSpace): {x: number; y: number}[] {
  const taken: {x0: number; x1: number; y: number}[] = [];
  return wishes.map(({text, near, line: own}) => {
    const long = widthOf(text, em);
    let best = {x: 0, y: 0, cost: Infinity};
    // Right of a place; left of it, or further off to the right, where that is better by far or the only way.
    const places = near.flatMap(([px, py], turn) => {
      const left = {px, py, x: Math.max(3 * em, px - long - 0.5 * em), dislike: turn + 3};
      const right = [0, 1.5, 3, 4.5].map((off) => ({px, py, x: Math.max(3 * em, px + (0.5 + off) * em), dislike: turn + (off && 2 + off)})).filter(({x}) => x + spare * long <= width);
      return right.length > 0 ? [right[0], left, ...right.slice(1)] : [{...left, dislike: turn}];
    });
    places.forEach(({px, py, x, dislike}) => {
      for (let step = 0; step < 24; step++) {
        const offset = (step % 2 ? 1 : -1) * Math.ceil(step / 2) * 0.6 * em;
        // Another label under it is worse than any line; a line is worse than standing a few lines of text away.
        const away = Math.abs(offset) / em + dislike;
        if (away >= best.cost) continue;
        const y = Math.max(2.4 * em, Math.min(height - 3.4 * em, py - 0.7 * em + offset));
        const clashes = taken.some((other) => x < other.x1 + 0.3 * em && other.x0 < x + long + 0.3 * em && Math.abs(other.y - y) < 1.15 * em);
        const crossed = lines.filter((line) => crosses(line, {x0: x, x1: x + long, y0: y - 0.9 * em, y1: y + 0.3 * em})).length;
        const between = own === undefined ? 0 : lines.filter((line, k) => k !== own && crosses(line, {x0: px - 1, x1: px + 1, y0: Math.min(y, py), y1: Math.max(y, py)})).length;
        const covers = x < px && px < x + long && y - 0.9 * em < py && py < y + 0.3 * em ? 1 : 0;
        const cost = (clashes ? 1000 : 0) + 8 * (crossed + between + covers) + away;
        if (cost < best.cost) best = {x, y, cost};
      }
    });
    taken.push({x0: best.x, x1: best.x + long, y: best.y});
    return {x: best.x, y: best.y};
  });
}

/** A picture that is taken away is drawn in whatever letters are there: wider ones are not cut at the right edge. */
const spare = 1.2;

/** How long a label is, in px, nearly: letters of three widths, and those of East Asia. */
export function widthOf(text: string, em: number): number {
  return 0.95 * em * [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 1 : /[fijlrtI .,:;'’|]/.test(letter) ? 0.28 : /[mwMW%@]/.test(letter) ? 0.78 : 0.5), 0);
}

/** Whether a line passes through a box. */
function crosses(line: [number, number][], {x0, x1, y0, y1}: {x0: number; x1: number; y0: number; y1: number}): boolean {
  return line.some(([bx, by], i) => {
    const [ax, ay] = line[Math.max(0, i - 1)];
    const [from, to] = [Math.max(x0, Math.min(ax, bx)), Math.min(x1, Math.max(ax, bx))];
    if (from > to) return false;
    const at = (x: number) => (ax === bx ? by : ay + ((x - ax) / (bx - ax)) * (by - ay));
    const [low, high] = ax === bx ? [Math.min(ay, by), Math.max(ay, by)] : [Math.min(at(from), at(to)), Math.max(at(from), at(to))];
    return low < y1 && high > y0;
  });
}
