/** The operations once more, as float64 loops over plain arrays: what the definitions themselves are checked against. */

export interface Nd {
  data: Float64Array | number[];
  shape: number[];
}

const sizeOf = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
const made = (shape: number[], data = new Float64Array(sizeOf(shape))): {data: Float64Array; shape: number[]} => ({data, shape});

/** erf by its Taylor series (small x) or its continued fraction. */
export function erf(x: number): number {
  if (Math.abs(x) > 3) {
    let fraction = 0;
    for (let k = 60; k > 0; k--) fraction = k / 2 / (Math.abs(x) + fraction);
    return Math.sign(x) * (1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / (Math.abs(x) + fraction));
  }
  let [term, sum] = [x, x];
  for (let k = 1; k < 80; k++) {
    term *= (-x * x) / k;
    sum += term / (2 * k + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const activations: Record<string, (x: number) => number> = {
  none: (x) => x,
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  quickGelu: (x) => x / (1 + Math.exp(-1.702 * x)),
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6)
};

export function activate(x: Nd, name: string): Nd {
  return made(x.shape, Float64Array.from(x.data, activations[name]));
}

export function linear(x: Nd, weight: Nd, {bias, activation = "none", residual}: {bias?: Nd; activation?: string; residual?: Nd}): Nd {
  const [out, width] = weight.shape;
  const rows = sizeOf(x.shape) / width;
  const y = made([...x.shape.slice(0, -1), out]);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < out; j++) {
      let sum = bias ? bias.data[j] : 0;
      for (let k = 0; k < width; k++) sum += x.data[i * width + k] * weight.data[j * width + k];
      y.data[i * out + j] = activations[activation](sum) + (residual ? residual.data[i * out + j] : 0);
    }
  }
  return y;
}

export function layerNorm(x: Nd, gain: Nd, bias: Nd, epsilon = 1e-5): Nd {
  const width = gain.shape[0];
  const y = made(x.shape);
  for (let at = 0; at < y.data.length; at += width) {
    const row = Array.from(x.data.slice(at, at + width));
    const mean = row.reduce((a, b) => a + b, 0) / width;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / width;
    row.forEach((value, k) => (y.data[at + k] = ((value - mean) / Math.sqrt(variance + epsilon)) * gain.data[k] + bias.data[k]));
  }
  return y;
}

export function batchNorm(x: Nd, gain: Nd, bias: Nd, {epsilon = 1e-5, relu = false, running}: {epsilon?: number; relu?: boolean; running?: {mean: number[]; variance: number[]}} = {}): Nd {
  const channels = gain.shape[0];
  const y = made(x.shape);
  for (let c = 0; c < channels; c++) {
    const column = Array.from(x.data).filter((_, i) => i % channels === c);
    const mean = running?.mean[c] ?? column.reduce((a, b) => a + b, 0) / column.length;
    const variance = running?.variance[c] ?? column.reduce((a, b) => a + (b - mean) ** 2, 0) / column.length;
    column.forEach((value, i) => {
      const normal = ((value - mean) / Math.sqrt(variance + epsilon)) * gain.data[c] + bias.data[c];
      y.data[i * channels + c] = relu ? Math.max(0, normal) : normal;
    });
  }
  return y;
}

/** q, k, v as functions of (example, token, column). */
function attend(n: number, tq: number, tk: number, width: number, heads: number, causal: boolean, [q, k, v]: ((b: number, t: number, c: number) => number)[]): Nd {
  const y = made([n, tq, width]);
  const head = width / heads;
  for (let b = 0; b < n; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < tq; i++) {
        const scores = Array.from({length: causal ? i + 1 : tk}, (_, j) => {
          let sum = 0;
          for (let c = h * head; c < (h + 1) * head; c++) sum += q(b, i, c) * k(b, j, c);
          return sum / Math.sqrt(head);
        });
        const top = Math.max(...scores);
        const weights = scores.map((s) => Math.exp(s - top));
        const total = weights.reduce((a, b) => a + b, 0);
        for (let c = h * head; c < (h + 1) * head; c++) {
          y.data[(b * tq + i) * width + c] = weights.reduce((sum, w, j) => sum + (w / total) * v(b, j, c), 0);
        }
      }
    }
  }
  return y;
}

export function attention(qkv: Nd, {heads, causal = false}: {heads: number; causal?: boolean}): Nd {
  const [n, tokens, wide] = qkv.shape;
  const width = wide / 3;
  const part = (which: number) => (b: number, t: number, c: number) => qkv.data[(b * tokens + t) * wide + which * width + c];
  return attend(n, tokens, tokens, width, heads, causal, [part(0), part(1), part(2)]);
}

export function crossAttention(q: Nd, k: Nd, v: Nd, {heads}: {heads: number}): Nd {
  const width = q.shape[2];
  const of = (x: Nd) => (b: number, t: number, c: number) => x.data[(b * x.shape[1] + t) * width + c];
  return attend(q.shape[0], q.shape[1], k.shape[1], width, heads, false, [of(q), of(k), of(v)]);
}

export function embedding(table: Nd, ids: Nd): Nd {
  const width = table.shape[1];
  const y = made([...ids.shape, width]);
  Array.from(ids.data).forEach((id, i) => {
    for (let c = 0; c < width; c++) y.data[i * width + c] = table.data[id * width + c];
  });
  return y;
}

export function conv2d(x: Nd, weight: Nd, {stride = 1, padding = 0}: {stride?: number; padding?: number}): Nd {
  const [n, height, width, channels] = x.shape;
  const [out, , kh, kw] = weight.shape;
  const down = Math.floor((height + 2 * padding - kh) / stride) + 1;
  const across = Math.floor((width + 2 * padding - kw) / stride) + 1;
  const y = made([n, down, across, out]);
  let at = 0;
  for (let b = 0; b < n; b++) for (let i = 0; i < down; i++) for (let j = 0; j < across; j++) for (let o = 0; o < out; o++) {
    let sum = 0;
    for (let r = 0; r < kh; r++) for (let s = 0; s < kw; s++) {
      const [row, column] = [i * stride + r - padding, j * stride + s - padding];
      if (row < 0 || column < 0 || row >= height || column >= width) continue;
      for (let c = 0; c < channels; c++) sum += x.data[((b * height + row) * width + column) * channels + c] * weight.data[((o * channels + c) * kh + r) * kw + s];
    }
    y.data[at++] = sum;
  }
  return y;
}

export function patchEmbedding(images: Nd, weight: Nd): Nd {
  const y = conv2d(images, weight, {stride: weight.shape[2]});
  const [n, down, across, out] = y.shape;
  return {data: y.data, shape: [n, down * across, out]};
}

export function l2Normalize(x: Nd, epsilon = 1e-12): Nd {
  const width = x.shape[x.shape.length - 1];
  const y = made(x.shape);
  for (let at = 0; at < y.data.length; at += width) {
    let squares = 0;
    for (let k = 0; k < width; k++) squares += x.data[at + k] ** 2;
    for (let k = 0; k < width; k++) y.data[at + k] = x.data[at + k] / Math.max(Math.sqrt(squares), epsilon);
  }
  return y;
}

export function contrastiveLoss(images: Nd, texts: Nd, t: Nd): Nd {
  const [n, width] = images.shape;
  const logits = linear(images, texts, {}).data.map((x: number) => x * Math.exp(t.data[0]));
  let loss = 0;
  for (let i = 0; i < n; i++) {
    let [rows, columns] = [0, 0];
    for (let j = 0; j < n; j++) {
      rows += Math.exp(logits[i * n + j] - logits[i * n + i]);
      columns += Math.exp(logits[j * n + i] - logits[i * n + i]);
    }
    loss += (Math.log(rows) + Math.log(columns)) / (2 * n);
  }
  void width;
  return made([], Float64Array.of(loss));
}

/** One row of each example: x [n, tokens, width] -> [n, width]. */
export function rowsAt({data, shape: [n, tokens, width]}: Nd, rows: number[]): Nd {
  return {data: rows.flatMap((row, i) => Array.from(data.slice((i * tokens + row) * width, (i * tokens + row + 1) * width))), shape: [n, width]};
}
