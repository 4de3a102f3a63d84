/** Threads that help with a job: workers with the same kernels on the same memory. tfjs's own are never started (src/cli/bundler-plugins.mjs). */

/** What a helper runs, as text: it has no imports, so that it needs no file of its own wherever the page is served from. */
const helperSource = `
onmessage = async ({data: {module, memory, index, scratch, control}}) => {
  const {exports} = await WebAssembly.instantiate(module, {env: {memory}});
  exports.configure(index, scratch, true);
  postMessage("ready");
  exports.help(control);
};`;

/** Starts a helper for each scratch address; resolves when all wait for their first job. */
export async function startHelpers(module: WebAssembly.Module, memory: WebAssembly.Memory, control: number, scratches: number[]): Promise<void> {
  if (scratches.length === 0) return;
  const address = URL.createObjectURL(new Blob([helperSource], {type: "text/javascript"}));
  await Promise.all(scratches.map((scratch, i) => startHelper(address, {module, memory, index: i + 1, scratch, control})));
  URL.revokeObjectURL(address);
}

function startHelper(address: string, message: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(address);
    worker.onmessage = () => resolve();
    worker.onerror = (event) => {
      // Taken note of here: it is no fault of the worker that does without.
      event.preventDefault();
      reject(new Error(`a helping thread could not start: ${event.message}`));
    };
    worker.postMessage(message);
  });
}
