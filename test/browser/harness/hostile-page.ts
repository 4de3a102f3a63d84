/** Watches the worker of hostile-worker.ts: a file that it does not answer is told as hung, and the next one is read in another. Not part of the site. */

interface Told {
  begins?: {name: string; kind: string; expected: string; members?: string[]};
  result?: object;
  ends?: number;
}

/** What became of every file, "hung" where nothing came for so long. */
async function readAll(maker: string, mostMs: number): Promise<object[]> {
  const results: object[] = [];
  for (let isOver = false; !isOver; ) {
    const worker = new Worker("./hostile-worker.js", {type: "module"});
    isOver = await new Promise<boolean>((resolve) => {
      let present: Told["begins"];
      let timer: ReturnType<typeof setTimeout> | undefined;
      const lost = (outcome: string) => {
        results.push({case: present, outcome, said: []});
        resolve(false);
      };
      worker.onerror = () => lost("died");
      worker.onmessage = ({data: {begins, result, ends}}: MessageEvent<Told>) => {
        clearTimeout(timer);
        if (begins) {
          present = begins;
          timer = setTimeout(() => lost("hung"), mostMs);
        }
        if (result) results.push({case: present, ...result});
        if (ends !== undefined) resolve(true);
      };
      worker.postMessage({maker, first: results.length});
    });
    worker.terminate();
  }
  return results;
}
(globalThis as unknown as {readAll: typeof readAll}).readAll = readAll;
