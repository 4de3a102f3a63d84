/** The embedding look-up in WGSL. An id outside the table gives zeros and gets no gradient. */
import {gradientOutput, output, registerShader, runShader, sizeOf} from "../wgsl/program.ts";

const threads = 64;
/** Ids that a workgroup of the gradient looks through at a time: 32 a word of the mask. */
const chunk = 256;

export function registerEmbeddingWebgpu(): void {
  registerShader("DiagonalEmbedding", (backend, {table, ids}) => {
    const [vocabulary, width] = table.shape;
    const y = output(backend, [...ids.shape, width]);
    const count = sizeOf(y.shape);
    runShader(backend, {
      name: "embedding", reads: {table, ids}, writes: {y}, integers: {vocabulary, width, count}, groups: Math.ceil(count / threads), threads,
      body: () => `
  let i = group * ${threads} + thread;
  if (i < uniforms.count) {
    let id = ids[i / uniforms.width];
    y[i] = select(0.0, table[clamp(id, 0, uniforms.vocabulary - 1) * uniforms.width + i % uniforms.width], id >= 0 && id < uniforms.vocabulary);
  }`
    });
    return y;
  });

  /** A workgroup a row of the table: it marks which rows of dy have its id, then adds those in their order, so that the sum is the same every time. */
  registerShader("DiagonalEmbeddingGradient", (backend, {ids, dy, table}, {vocabulary}: {vocabulary: number}) => {
    const width = dy.shape[dy.shape.length - 1];
    const gradient = gradientOutput(backend, table, [vocabulary, width]);
    runShader(backend, {
      name: "embeddingGradient", reads: {ids, dy}, writes: {gradient}, integers: {vocabulary, width, rows: sizeOf(ids.shape)}, groups: vocabulary, threads,
      head: () => `var<workgroup> marks : array<atomic<u32>, ${chunk / 32}>;`,
      body: () => `
  let width = uniforms.width;
  for (var begin = 0; begin < width; begin += ${threads}) {
    let column = begin + thread;
    var sum = 0.0;
    for (var first = 0; first < uniforms.rows; first += ${chunk}) {
      if (thread < ${chunk / 32}) { atomicStore(&marks[thread], 0u); }
      workgroupBarrier();
      for (var i = thread; i < min(${chunk}, uniforms.rows - first); i += ${threads}) {
        if (ids[first + i] == group) { atomicOr(&marks[i / 32], 1u << u32(i % 32)); }
      }
      workgroupBarrier();
      if (column < width) {
        for (var word = 0; word < ${chunk / 32}; word++) {
          var left = atomicLoad(&marks[word]);
          while (left != 0u) {
            let row = first + word * 32 + i32(firstTrailingBit(left));
            sum += dy[row * width + column];
            left &= left - 1u;
          }
        }
      }
      workgroupBarrier();
    }
    if (column < width && group < uniforms.vocabulary) { gradient[group * width + column] = sum; }
  }`
    });
    return gradient;
  });
}
