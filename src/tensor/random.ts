/** Seeded randomness, the only source of it: the same seed gives the same numbers on every machine. */

export interface Random {
  /** Uniform in [0, 1). */
  (): number;
  /** Standard normal. */
  normal(): number;
  /** A whole number in [0, below). */
  integer(below: number): number;
  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[];
  /** A generator of its own for one purpose, so that drawing more here leaves the numbers there unchanged. */
  fork(purpose: string): Random;
  /** The generator's state, to go on from it later: see `seededRandom`. */
  state(): number[];
}

/**
 * sfc32 (Chris Doty-Humphrey's small fast counter generator), seeded from any number or text.
 * Give an array from `state()` to go on where that generator stood.
 */
export function seededRandom(seed: number | string | number[]): Random {
  let [a, b, c, d] = Array.isArray(seed) ? seed : [...hash(String(seed)), 1];
  let spare: number | null = Array.isArray(seed) && seed.length > 4 ? seed[4] : null;

  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  if (!Array.isArray(seed)) for (let i = 0; i < 12; i++) next();

  const random = next as Random;
  random.normal = () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  random.integer = (below) => Math.floor(next() * below);
  random.shuffle = (items) => {
    const copy = items.slice();
    for (let i = copy.length - 1; i > 0; i--) {
      const j = random.integer(i + 1);
      [copy[i], copy[j]] = [copy[j], copy[i]];
    }
    return copy;
  };
  random.fork = (purpose) => seededRandom(`${[a, b, c, d].join(",")}/${purpose}`);
  random.state = () => (spare === null ? [a, b, c, d] : [a, b, c, d, spare]);
  return random;
}

/** Three 32-bit words from a text: FNV-1a with three offsets, finished by murmur3's mixer. */
function hash(text: string): [number, number, number] {
  const word = (offset: number) => {
    let h = offset | 0;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return h ^ (h >>> 16);
  };
  return [word(2166136261), word(0x9e3779b9), word(0x7f4a7c15)];
}
