/** Keeps sets in the memory of a page or worker, where there is no private file system. */
import {checkName, isIdentity, summaryOf, type PairStorage, type StoredIndex} from "./kept-set.ts";

/** Sets in this page's memory. */
export function memoryStorage(): PairStorage {
  const sets = new Map<string, {index: StoredIndex; pixels: Uint8Array}>();
  return {
    keptIn: "memory",
    list: async () => [...sets.values()].map(({index}) => summaryOf(index, "memory")),
    async create(name, {sizePx, images}) {
      checkName(name);
      const bytes = sizePx * sizePx * 3;
      let pixels = new Uint8Array(images * bytes);
      return {
        write: async (row, image) => pixels.set(image, row * bytes),
        async finish(index, rows) {
          const packed = isIdentity(rows, pixels.length / bytes) ? pixels : pack(pixels, rows, bytes);
          sets.set(name, {index: {...index, name, sizePx}, pixels: packed});
          return summaryOf({...index, name, sizePx}, "memory");
        },
        abandon: async () => void (pixels = new Uint8Array(0))
      };
    },
    async open(name) {
      const set = sets.get(name);
      if (!set) return undefined;
      const bytes = set.index.sizePx ** 2 * 3;
      return {index: set.index, read: async (from, to) => set.pixels.slice(from * bytes, to * bytes)};
    },
    delete: async (name) => void sets.delete(name)
  };
}

function pack(pixels: Uint8Array, rows: Int32Array, bytes: number): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(rows.length * bytes);
  rows.forEach((row, i) => packed.set(pixels.subarray(row * bytes, (row + 1) * bytes), i * bytes));
  return packed;
}
