/**
 * A file that is read while it comes: what is asked for before it is there is waited for. Thus a model's tensors go to the backend in the time that the
 * connection takes anyway, and a header that does not fit is refused before the rest is fetched. Reads the place that is written to, so that what a
 * former attempt left serves as well; loads and fetches nothing itself.
 */
import type {ByteSource} from "../../tensor/safetensors.ts";
import type {DownloadPlace} from "./download.ts";

export interface ArrivingFile {
  /** The place given, watched: to be written to instead of it. */
  place: DownloadPlace;
  /** Resolves when the file's length is known. Reading rejects once the file has broken off. */
  source: Promise<ByteSource>;
  /** Whether what was read is of no whole file: another came in the middle, it was removed, or ended with an error. */
  readonly broken: boolean;
  /** So many bytes are there, of `total`, or of an unknown number where it is 0. */
  arrived(bytes: number, total: number): void;
  /** Nothing more comes: all of it is there, or, with an error, it never will be. */
  end(error?: Error): Promise<void>;
}

export function arrivingFile(place: DownloadPlace): ArrivingFile {
  let there = 0;
  let broken: Error | undefined;
  let waiting: {until: number; resolve(): void; reject(error: Error): void}[] = [];
  let [found, lost] = [(_: ByteSource) => {}, (_: Error) => {}];
  const source = new Promise<ByteSource>((resolve, reject) => ([found, lost] = [resolve, reject]));
  source.catch(() => {}); // nobody may have asked yet

  function reach(until: number): Promise<void> {
    if (broken) return Promise.reject(broken);
    return until <= there ? Promise.resolve() : new Promise((resolve, reject) => waiting.push({until, resolve, reject}));
  }
  function reached(bytes: number) {
    there = bytes;
    const ready = waiting.filter(({until}) => until <= there);
    waiting = waiting.filter(({until}) => until > there);
    for (const {resolve} of ready) resolve();
  }
  function breakOff(error: Error) {
    broken ??= error;
    lost(broken);
    for (const {reject} of waiting.splice(0)) reject(broken);
  }
  const sourceOf = (byteLength: number): ByteSource => ({
    byteLength,
    async read(begin, end) {
      await reach(end);
      return place.read(begin, end);
    },
    async readInto(target, begin) {
      await reach(begin + target.length);
      const bytes = await place.read(begin, begin + target.length, target as Uint8Array<ArrayBuffer>);
      if (bytes.buffer !== target.buffer) target.set(bytes);
      return bytes.length;
    }
  });
  return {
    place: {
      ...place,
      async begin(tag) {
        if (there > 0) breakOff(new Error("another file came in the middle"));
        await place.begin(tag);
      },
      async remove() {
        breakOff(new Error("the file was removed"));
        await place.remove();
      }
    },
    source,
    get broken() {
      return broken !== undefined;
    },
    arrived(bytes, total) {
      if (total > 0) found(sourceOf(total));
      reached(bytes);
    },
    async end(error) {
      if (error) return breakOff(error);
      found(sourceOf(await place.size()));
      reached(Infinity);
    }
  };
}
