/**
 * The most that is taken of files that strangers made: sizes, counts, nesting. Each limit has its sentence, fit to be put after a file's name. Numbers and
 * words alone: whoever reads a file holds them, before memory is asked for. It imports nothing, and every folder may import it.
 */

export interface Limit {
  most: number;
  /** What came, what is the most, and what to do. */
  says(came: string): string;
}

const words = (count: number) => count.toLocaleString("en");
const limit = (most: number, says: (came: string, most: string) => string): Limit => ({most, says: (came) => says(came, words(most))});

export const limits = {
  // Files
  fileBytes: limit(2 ** 29, (came, most) => `has ${came} bytes, more than the ${most} of one file that are read: cut it into smaller ones`),
  textBytes: limit(5e8, (came, most) => `has ${came} bytes of text, more than the ${most} that are read: cut it into smaller files`),
  /** Captions and labels beside an image in a shard. */
  sampleTextBytes: limit(2 ** 20, (came, most) => `has ${came} bytes of text, more than the ${most} that belong to one image: put them into a captions file`),
  /** config.json and its like, and dataset.json, which lists shards. */
  configBytes: limit(2 ** 24, (came, most) => `has ${came} bytes, more than the ${most} of a configuration: this is another kind of file, so give the right one`),
  tokenizerBytes: limit(2 ** 26, (came, most) => `has ${came} bytes, more than the ${most} of a tokenizer: this is another kind of file, so give the right one`),
  jsonLevels: limit(64, (_, most) => `is nested more than ${most} levels deep, which no file of this kind is: expected plain JSON`),

  // Archives
  members: limit(1_000_000, (came, most) => `has ${came} members, more than the ${most} that are read: cut it into several archives`),
  pathCharacters: limit(4096, (came, most) => `has a name of ${came} characters, more than the ${most} that are read: shorten it`),
  /** Bytes unpacked for each packed one, past the first `unpackedFree`: photos do not shrink, text shrinks tenfold. */
  unpackedRatio: limit(200, (came, most) => `claims to unpack to ${came} times its size, more than ${most}, as a decompression bomb does`),
  unpackedFree: limit(2 ** 24, (came) => `has ${came} bytes`),
  /** The same of an archive's members together: small ones may shrink much, many small ones may not. */
  allUnpackedRatio: limit(60, (came, most) => `would make its archive unpack to ${came} times its size, more than ${most}, as a decompression bomb does`),

  // Images
  imageBytes: limit(2 ** 26, (came, most) => `has ${came} bytes, more than the ${most} of an image that are read: make it smaller`),
  /** 8,192 x 8,192. */
  pixels: limit(2 ** 26, (came, most) => `claims ${came} pixels, more than the ${most} that are decoded: make it smaller`),
  /** Longer sides cannot be drawn in a browser. */
  sidePx: limit(32_767, (came, most) => `has a side of ${came} pixels, more than the ${most} that are decoded: make it smaller`),
  /** A camera writes one, a web page's picture ten; each costs as much as the whole picture. */
  jpegScans: limit(100, (came, most) => `has ${came} scans, more than the ${most} that are decoded: save it as a plain JPEG`),

  // Sets of pairs
  captionCharacters: limit(10_000, (came, most) => `has ${came} characters; its first ${most} were kept`),
  tableRows: limit(1_500_000, (came, most) => `has ${came} rows and more, past the ${most} that are read: cut it into smaller files`),
  tableColumns: limit(1024, (came, most) => `has ${came} columns, more than the ${most} that are read: leave out what is not needed`),
  /** Listed one by one; the rest is counted. */
  problems: limit(10_000, (came) => `and ${came} more problems of this kind`),
  /** A whole set of squares in memory, and in a file of them. */
  setBytes: limit(2 ** 30, (came, most) => `takes ${came} bytes as squares, more than the ${most} that fit into a page: take fewer images (limit) or smaller ones (sizePx)`),

  // Arrays
  headerBytes: limit(1e8, (came, most) => `has a header that claims ${came} bytes; at most ${most} are read: write it anew with safetensors`),
  tensors: limit(100_000, (came, most) => `names ${came} tensors, more than the ${most} that are read: cut it into several files`),
  dimensions: limit(16, (came, most) => `has ${came} dimensions, more than the ${most} that are read: expected a tensor of a model`),
  /** All matrices of one file together. */
  matrixNumbers: limit(2 ** 27, (came, most) => `holds ${came} numbers, more than the ${most} that are read: cut it into smaller files`),

  // Models
  parameters: limit(2 ** 30, (came, most) => `has ${came} parameters, more than the ${most} of the largest model that is made here: take a smaller one`),
  towerParameters: limit(2 ** 28, (came, most) => `has ${came} weights, more than the ${most} of a locked tower: take a smaller one`),
  towerLayers: limit(2000, (came, most) => `has ${came} layers, more than the ${most} of a locked tower: take a smaller one`),
  /** What one layer of a locked tower makes of a batch of images, in numbers. */
  towerMap: limit(2 ** 28, (came, most) => `makes ${came} numbers of a batch of images in one layer, more than the ${most} of a locked tower: take a smaller one`)
};

/** The sentence where `came` is past the limit, or is no number; undefined where it is within. */
export function past(limit: Limit, came: number): string | undefined {
  return came <= limit.most ? undefined : limit.says(words(came));
}

/** The whole numbers of a model's configuration, from the least to the most; nothing that was ever published is past them. */
export const configRanges = {
  embedDim: [1, 16_384],
  sizePx: [1, 1024],
  patchPx: [1, 256],
  width: [1, 16_384],
  /** Of a locked tower, or of another program's embeddings. */
  featureWidth: [1, 65_536],
  layers: [1, 256],
  heads: [1, 256],
  contextLength: [1, 4096],
  vocabularySize: [1, 1_000_000],
  poolerHeads: [1, 256],
  poolerQueries: [1, 4096],
  padId: [0, 1_000_000]
} as const satisfies Record<string, readonly [number, number]>;

/** The numbers of a locked tower's layers. */
export const towerNumbers = {
  filters: [1, 65_536],
  units: [1, 65_536],
  kernel_size: [1, 64],
  strides: [1, 64],
  pool_size: [1, 64],
  dilation_rate: [1, 64],
  depth_multiplier: [1, 64],
  padding: [0, 64]
} as const satisfies Record<string, readonly [number, number]>;

/** Patches along one side of an image. */
export const mostGrid = 64;

/** The numbers of a run's options, from the least to the most: a person's and a checkpoint's alike. */
export const runRanges = {
  batchSize: [2, 65_536],
  steps: [1, 10_000_000],
  watch: [1, 100_000],
  map: [0, 100_000],
  keep: [0, 1000],
  chunkSize: [1, 65_536]
} as const satisfies Record<string, readonly [number, number]>;
