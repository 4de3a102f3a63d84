// AssemblyScript, not TypeScript: src/tensor/compile-wasm.mjs writes it to umap-wasm.ts
/**
 * One epoch of UMAP's layout on arrays that umap.ts has laid out in memory; every argument but the numbers is a byte address.
 * Coordinates and forces are float64, so that the steps are those of umap-js to rounding.
 */

const longestStep: f64 = 4;
const negativesAnEdge: f64 = 5;

/** sfc32 with its four words at `state`: the stream of src/tensor/random.ts. */
@inline
function draw(state: usize): u32 {
  const a = load<u32>(state), b = load<u32>(state, 4), c = load<u32>(state, 8), d = load<u32>(state, 12);
  const t = a + b + d;
  store<u32>(state, b ^ (b >>> 9));
  store<u32>(state, c + (c << 3), 4);
  store<u32>(state, ((c << 21) | (c >>> 11)) + t, 8);
  store<u32>(state, d + 1, 12);
  return t;
}

@inline
function clip(step: f64): f64 {
  return step > longestStep ? longestStep : step < -longestStep ? -longestStep : step;
}

/** The force at a squared distance: the table's entry by the number's leading bits, and the line to the next. */
@inline
function forceAt(table: usize, squared: f64, firstEntry: i32, entries: i32, restBits: i32): f64 {
  const bits = reinterpret<i32>(<f32>squared);
  const entry = (bits >> restBits) - firstEntry;
  if (entry < 0) return load<f64>(table);
  if (entry >= entries) return load<f64>(table + (<usize>entries << 3));
  const at = table + (<usize>entry << 3);
  const low = load<f64>(at);
  return low + (<f64>(bits & ((1 << restBits) - 1)) / <f64>(1 << restBits)) * (load<f64>(at, 8) - low);
}

export function epoch(
  n: f64, rate: f64, count: f64, edges: usize,
  heads: usize, tails: usize, periods: usize, nextSample: usize, nextNegative: usize,
  y: usize, pulls: usize, pushes: usize, firstEntry: i32, entries: i32, restBits: i32, state: usize
): void {
  for (let e: usize = 0; e < edges; e++) {
    const wide = e << 3;
    const next = load<f64>(nextSample + wide);
    if (next > n) continue;
    const period = load<f64>(periods + wide);
    const j = y + (<usize>load<u32>(heads + (e << 2)) << 4);
    const k = y + (<usize>load<u32>(tails + (e << 2)) << 4);
    let jx = load<f64>(j), jy = load<f64>(j, 8);
    let dx = jx - load<f64>(k), dy = jy - load<f64>(k, 8);
    let squared = dx * dx + dy * dy;
    if (squared > 0) {
      const pull = forceAt(pulls, squared, firstEntry, entries, restBits);
      const sx = clip(pull * dx) * rate, sy = clip(pull * dy) * rate;
      jx += sx, jy += sy;
      store<f64>(k, load<f64>(k) - sx);
      store<f64>(k, load<f64>(k, 8) - sy, 8);
    }
    store<f64>(nextSample + wide, next + period);
    const negativePeriod = period / negativesAnEdge;
    const due = load<f64>(nextNegative + wide);
    const negatives = <i32>((n - due) / negativePeriod);
    for (let p = 0; p < negatives; p++) {
      const other = y + (<usize>((<f64>draw(state) / 4294967296.0) * count) << 4);
      if (other === j) continue;
      dx = jx - load<f64>(other), dy = jy - load<f64>(other, 8);
      squared = dx * dx + dy * dy;
      if (squared > 0) {
        const push = forceAt(pushes, squared, firstEntry, entries, restBits);
        jx += clip(push * dx) * rate, jy += clip(push * dy) * rate;
      } else {
        jx += longestStep * rate, jy += longestStep * rate;
      }
    }
    if (negatives > 0) store<f64>(nextNegative + wide, due + <f64>negatives * negativePeriod);
    store<f64>(j, jx), store<f64>(j, jy, 8);
  }
}
