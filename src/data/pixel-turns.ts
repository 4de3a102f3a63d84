/** Lets images be decoded side by side as long as together they have no more pixels than one image may have: large ones come one after another. */
import {limits} from "../limits.ts";
import {inspectImage} from "./image.ts";

export interface PixelTurns {
  /** Runs `work` when the image's turn has come, and gives what it gives. Throws at once where the header says what is wrong, fit to be put after the file's name. */
  take<T>(bytes: Uint8Array, work: () => Promise<T>): Promise<T>;
}

export function pixelTurns(most = limits.pixels.most): PixelTurns {
  let held = 0;
  const waiting: {pixels: number; begin(): void}[] = [];
  const next = () => {
    // In their order: a large one is not passed over for ever.
    while (waiting.length > 0 && (held === 0 || held + waiting[0].pixels <= most)) {
      const turn = waiting.shift()!;
      held += turn.pixels;
      turn.begin();
    }
  };
  return {
    async take(bytes, work) {
      const {width, height} = inspectImage(bytes);
      const pixels = width * height;
      await new Promise<void>((begin) => {
        waiting.push({pixels, begin});
        next();
      });
      try {
        return await work();
      } finally {
        held -= pixels;
        next();
      }
    }
  };
}
