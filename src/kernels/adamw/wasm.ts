// The optimizer's jobs over a table of parameters, all in place. AssemblyScript, not TypeScript.
import {part, partBegin, parts} from "../assembly/threads.as";
import {loadSome, madd, nmadd, storeSome} from "../assembly/vector.as";

/** One parameter: addresses of it, its gradient, both moments and its moving average (0 for none). */
@unmanaged
class Entry {
  parameter: usize;
  gradient: usize;
  m: usize;
  v: usize;
  average: usize;
  count: i32;
  /** Learning rate over the first moment's bias correction. */
  rate: f32;
  /** 1 - learning rate * decay. */
  kept: f32;
}

const ENTRY_BYTES: usize = 32;

/** Arguments: entries, table, beta1, beta2, epsilon, 1 / sqrt(the second moment's bias correction), the gradients' factor, the average's decay. */
export function adamW(args: usize): void {
  const entries = load<i32>(args);
  const table = load<usize>(args, 4);
  const beta1 = f32x4.splat(load<f32>(args, 8));
  const beta2 = f32x4.splat(load<f32>(args, 12));
  const rest1 = f32x4.splat(1 - load<f32>(args, 8));
  const rest2 = f32x4.splat(1 - load<f32>(args, 12));
  const epsilon = f32x4.splat(load<f32>(args, 16));
  const correction = f32x4.splat(load<f32>(args, 20));
  const factor = f32x4.splat(load<f32>(args, 24));
  const averageRest = f32x4.splat(1 - load<f32>(args, 28));
  for (let i = 0; i < entries; i++) {
    const entry = changetype<Entry>(table + <usize>i * ENTRY_BYTES);
    const groups = (entry.count + 3) / 4;
    const end = partBegin(groups, part + 1, parts) * 4;
    const rate = f32x4.splat(entry.rate);
    const kept = f32x4.splat(entry.kept);
    for (let j = partBegin(groups, part, parts) * 4; j < end; j += 4) {
      const at = <usize>j << 2;
      const count = min(4, entry.count - j);
      const g = f32x4.mul(loadSome(entry.gradient + at, count), factor);
      const m = madd(loadSome(entry.m + at, count), beta1, f32x4.mul(g, rest1));
      const v = madd(loadSome(entry.v + at, count), beta2, f32x4.mul(f32x4.mul(g, g), rest2));
      storeSome(entry.m + at, m, count);
      storeSome(entry.v + at, v, count);
      const move = f32x4.div(m, madd(f32x4.sqrt(v), correction, epsilon));
      const p = nmadd(move, rate, f32x4.mul(loadSome(entry.parameter + at, count), kept));
      storeSome(entry.parameter + at, p, count);
      if (entry.average) {
        const old = loadSome(entry.average + at, count);
        storeSome(entry.average + at, madd(f32x4.sub(p, old), averageRest, old), count);
      }
    }
  }
}

/** Each part's sum of the gradients' squares, in float64. Arguments: entries, table, sums [parts]. */
export function squaredNorm(args: usize): void {
  const entries = load<i32>(args);
  const table = load<usize>(args, 4);
  let total: f64 = 0;
  for (let i = 0; i < entries; i++) {
    const entry = changetype<Entry>(table + <usize>i * ENTRY_BYTES);
    const end = partBegin(entry.count, part + 1, parts);
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    let j = partBegin(entry.count, part, parts);
    for (; j + 4 <= end; j += 4) {
      const g = v128.load(entry.gradient + (<usize>j << 2));
      const a = f64x2.promote_low_f32x4(g);
      const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(g, g, 2, 3, 2, 3));
      low = f64x2.add(low, f64x2.mul(a, a));
      high = f64x2.add(high, f64x2.mul(b, b));
    }
    const sums = f64x2.add(low, high);
    total += f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
    for (; j < end; j++) total += <f64>load<f32>(entry.gradient + (<usize>j << 2)) * <f64>load<f32>(entry.gradient + (<usize>j << 2));
  }
  store<f64>(load<usize>(args, 8) + (<usize>part << 3), total);
}
