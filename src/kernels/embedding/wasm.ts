// The embedding look-up's jobs. An id outside the table gives zeros and gets no gradient: it must not reach other tensors.
// AssemblyScript, not TypeScript.
import {part, partBegin, parts} from "../assembly/threads.as";
import {loadSome, storeSome} from "../assembly/vector.as";

/** Arguments: rows, width, vocabulary, table, ids, y. */
export function embedding(args: usize): void {
  const rows = load<i32>(args);
  const bytes = <usize>load<i32>(args, 4) << 2;
  const vocabulary = load<u32>(args, 8);
  const end = partBegin(rows, part + 1, parts);
  for (let i = partBegin(rows, part, parts); i < end; i++) {
    const id = load<u32>(load<usize>(args, 16) + (<usize>i << 2));
    const y = load<usize>(args, 20) + <usize>i * bytes;
    if (id < vocabulary) memory.copy(y, load<usize>(args, 12) + <usize>id * bytes, bytes);
    else memory.fill(y, 0, bytes);
  }
}

/** Adds the rows of dy that share an id; by columns, so that no two threads add to one number. Arguments: rows, width, vocabulary, dy, ids, table's gradient. */
export function embeddingGradient(args: usize): void {
  const rows = load<i32>(args);
  const width = load<i32>(args, 4);
  const vocabulary = load<u32>(args, 8);
  const ids = load<usize>(args, 16);
  const groups = (width + 3) / 4;
  const from = partBegin(groups, part, parts) * 4;
  const to = min(width, partBegin(groups, part + 1, parts) * 4);
  if (from >= to) return;
  const bytes = <usize>(to - from) << 2;
  const sums = load<usize>(args, 20) + (<usize>from << 2);
  const dys = load<usize>(args, 12) + (<usize>from << 2);
  for (let id: u32 = 0; id < vocabulary; id++) memory.fill(sums + (<usize>id * <usize>width << 2), 0, bytes);
  for (let i = 0; i < rows; i++) {
    const id = load<u32>(ids + (<usize>i << 2));
    if (id >= vocabulary) continue;
    const sum = sums + (<usize>id * <usize>width << 2);
    const dy = dys + (<usize>(i * width) << 2);
    for (let j = 0; j < to - from; j += 4) {
      const at = <usize>j << 2;
      const count = min(4, to - from - j);
      storeSome(sum + at, f32x4.add(loadSome(sum + at, count), loadSome(dy + at, count)), count);
    }
  }
}
