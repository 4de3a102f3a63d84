/** Reads one hostile file in a page's worker, as its decode and training workers would; the page may end it. Not part of the site. */
import "@tensorflow/tfjs-backend-cpu";
import {hostileArchives} from "../../../src/cli/attack/hostile-archives.ts";
import {hostileArrays} from "../../../src/cli/attack/hostile-arrays.ts";
import type {HostileCase} from "../../../src/cli/attack/hostile-case.ts";
import {hostileCheckpoints} from "../../../src/cli/attack/hostile-checkpoints.ts";
import {hostileImages} from "../../../src/cli/attack/hostile-images.ts";
import {readHostile} from "../../../src/cli/attack/readers.ts";
import {decodeInBrowser} from "../../../src/data/decode.ts";

const makers = {checkpoints: hostileCheckpoints, arrays: hostileArrays, archives: hostileArchives, images: hostileImages};

/** Tells of every file from number `first` on that it begins, and what became of it. */
self.onmessage = async ({data: {maker, first}}: MessageEvent<{maker: keyof typeof makers; first: number}>) => {
  let number = 0;
  for await (const {bytes, ...one} of makers[maker](1) as AsyncGenerator<HostileCase>) {
    if (number++ < first) continue;
    self.postMessage({begins: one});
    self.postMessage({result: await readHostile({...one, bytes}, decodeInBrowser)});
  }
  self.postMessage({ends: number});
};
