/** The training worker's entry: chooses the backend, starts our kernels, and serves runs. */
import * as clip from "./clip-library.ts";
import {installKernels, leaveACore} from "../../src/kernels/index.ts";
import {serveWorker} from "../../src/rpc/port.ts";
import {chooseBackend} from "../../src/tensor/backend.ts";
import type {BackendChoice} from "../../src/train/protocol.ts";
import {trainingHandlers} from "../../src/train/worker.ts";
import {guestFetch} from "./services/guest-fetch.ts";

const wasmPath = new URL("../wasm/", self.location.href).href;

/** How long after a touch of the page its core is still left to it. */
const handsMs = 600;

serveWorker({
  ...guestFetch(),
  ...trainingHandlers({
    library: clip as unknown as Record<string, unknown>,
    leaveACore: () => leaveACore(handsMs),
    startBackend: () => start("auto"),
    restartBackend: (losses) => start(losses > 1 ? "wasm" : "auto")
  })
});

/** Chooses a backend and starts our kernels on it. */
async function start(prefer: "auto" | "wasm"): Promise<BackendChoice> {
  const choice = await chooseBackend({prefer, wasmPath});
  const kernels = choice.backend === "wasm" ? await installKernels({wasmPath}) : undefined;
  if (choice.backend === "webgpu") (await import("../../src/kernels/install-webgpu.ts")).installWebgpuKernels();
  const threads = kernels?.threads ?? 1;
  const reason = threads > 1 ? choice.reason.replace(/^WebAssembly[^,]*/, (kind) => `${kind} on ${threads} threads`) : choice.reason;
  return {...choice, reason, adapter: choice.adapter ?? undefined, threads: kernels?.threads, missing: [...choice.missing, ...(kernels?.missing ?? [])]};
}
