/** Where the words of planted flags stand, a row each, so that no pole goes through the words of another. Arithmetic on places; draws nothing. */

export interface FlagPlace {
  /** Row of its words, from the top. */
  row: number;
  /** Left end of the words, in px. */
  start: number;
  /** Room for the words, in px: less than was asked for where there is no more. */
  room: number;
  /** Whether the words stand over the pole, which then begins below them, rather than beside it. */
  over: boolean;
}

/**
 * A pole goes from its words down to the ground, through all rows below. So the lowest row is filled first, with a flag whose words have room between
 * the poles of all others; then the row above it, with those that are left.
 */
export function placeFlags(flags: readonly {at: number; long: number}[], {em, width}: {em: number; width: number}): FlagPlace[] {
  const places: FlagPlace[] = [];
  const left = new Set(flags.keys());
  for (let row = flags.length - 1; row >= 0; row--) {
    const candidates = [...left].sort((a, b) => flags[b].at - flags[a].at).flatMap((k) => ways(flags[k], [...left].filter((other) => other !== k).map((other) => flags[other].at), {em, width}).map((way) => ({k, ...way})));
    const best = candidates.reduce((a, b) => (b.cost < a.cost ? b : a));
    places[best.k] = {row, start: best.start, room: best.room, over: best.over};
    left.delete(best.k);
  }
  return places;
}

/** Beside its pole, right before left; else over it; else cut to what room there is. */
function ways({at, long}: {at: number; long: number}, others: number[], {em, width}: {em: number; width: number}): {start: number; room: number; over: boolean; cost: number}[] {
  const gap = 0.3 * em;
  const before = Math.max(gap, ...others.filter((x) => x < at).map((x) => x + gap));
  const after = Math.min(width - gap, ...others.filter((x) => x > at).map((x) => x - gap));
  const twin = others.includes(at);
  const right = after - (at + 0.5 * em);
  const left = at - 0.5 * em - before;
  const room = Math.min(long, after - before);
  return [
    {start: at + 0.5 * em, room: Math.min(long, right), over: false, cost: right >= long ? 0 : 10 + long - right},
    {start: at - 0.5 * em - Math.min(long, left), room: Math.min(long, left), over: false, cost: left >= long ? 1 : 10 + long - left},
    ...(twin ? [] : [{start: Math.max(before, Math.min(after - room, at - room / 2)), room, over: true, cost: room >= long ? 2 : 9 + long - room}])
  ];
}

/** The left end for words of a length, nearest to where they are wanted, so that no pole goes through them; where they are wanted if there is none. */
export function freeStart(wanted: number, long: number, poles: readonly number[], {gap, width}: {gap: number; width: number}): number {
  const isFree = (start: number) => start >= 0 && start + long <= width && poles.every((at) => at <= start - gap || at >= start + long + gap);
  return [wanted, ...poles.flatMap((at) => [at + gap, at - gap - long])].sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted)).find(isFree) ?? wanted;
}
