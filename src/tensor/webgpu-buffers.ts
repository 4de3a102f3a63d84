/**
 * GPU buffers for tfjs's WebGPU backend, in place of its own manager: the same pool by size and usage, released in constant time,
 * that can be emptied, and that can keep one recorded step's buffers apart. It knows no tensors.
 */

/** Buffers of one owner: everybody's, or one recording's. */
export interface BufferScope {
  free: Map<string, GPUBuffer[]>;
  used: Set<GPUBuffer>;
  /** Never handed out again: what was uploaded while recording must keep its bytes. */
  pinned: Set<GPUBuffer>;
  /** Whether uploads and uniforms are pinned. */
  recording: boolean;
}

const scopeOfNew = (recording: boolean): BufferScope => ({free: new Map(), used: new Set(), pinned: new Set(), recording});

/** What tfjs asks of its buffer manager, and scopes. */
export class Buffers {
  numBytesUsed = 0;
  numBytesAllocated = 0;
  /** Buffers made less buffers destroyed. */
  alive = 0;
  private readonly common = scopeOfNew(false);
  private scope = this.common;
  private readonly owners = new WeakMap<GPUBuffer, BufferScope>();

  constructor(private readonly device: GPUDevice) {}

  acquireBuffer(size: number, usage: number, mappedAtCreation = false, reuse = true): GPUBuffer {
    const {scope} = this;
    const pinned = scope.recording && (mappedAtCreation || (usage & GPUBufferUsage.UNIFORM) !== 0);
    const known = reuse && !pinned ? scope.free.get(keyOf(size, usage))?.pop() : undefined;
    const buffer = known ?? this.create({size, usage, mappedAtCreation});
    this.owners.set(buffer, scope);
    (pinned ? scope.pinned : scope.used).add(buffer);
    this.numBytesUsed += size;
    return buffer;
  }

  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    const scope = this.owners.get(buffer);
    if (!scope || scope.pinned.has(buffer) || !scope.used.delete(buffer)) return;
    this.numBytesUsed -= buffer.size;
    if (!reuse) return this.destroy(buffer);
    const key = keyOf(buffer.size, buffer.usage);
    const free = scope.free.get(key);
    if (free) free.push(buffer);
    else scope.free.set(key, [buffer]);
  }

  /** A buffer of the caller's own, outside all pools; freed by `destroy`. */
  create(descriptor: GPUBufferDescriptor): GPUBuffer {
    this.alive++;
    this.numBytesAllocated += descriptor.size;
    return this.device.createBuffer(descriptor);
  }

  destroy(buffer: GPUBuffer): void {
    this.alive--;
    this.numBytesAllocated -= buffer.size;
    buffer.destroy();
  }

  /** Has everything that `work` acquires belong to a scope of its own, in which uploads and uniforms keep their buffers. */
  recording<T>(work: () => T): {result: T; scope: BufferScope} {
    const scope = scopeOfNew(true);
    const before = this.scope;
    this.scope = scope;
    try {
      return {result: work(), scope};
    } finally {
      this.scope = before;
    }
  }

  /** Destroys every buffer of a recording. */
  disposeScope(scope: BufferScope): void {
    for (const buffer of [...scope.used, ...scope.pinned]) {
      this.numBytesUsed -= buffer.size;
      this.destroy(buffer);
    }
    for (const buffers of scope.free.values()) for (const buffer of buffers) this.destroy(buffer);
    scope.used.clear();
    scope.pinned.clear();
    scope.free.clear();
  }

  /** Destroys the buffers that nobody uses; they are made again when they are wanted. */
  trim(): void {
    for (const buffers of this.common.free.values()) for (const buffer of buffers) this.destroy(buffer);
    this.common.free.clear();
  }

  getNumUsedBuffers = (): number => this.common.used.size;
  getNumFreeBuffers = (): number => [...this.common.free.values()].reduce((sum, {length}) => sum + length, 0);

  dispose(): void {
    this.disposeScope(this.common);
  }
}

const keyOf = (size: number, usage: number) => `${size}_${usage}`;
