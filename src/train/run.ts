/** The state machine of a training run: play, pause, step, set, and what others see of it. It knows no tensors: a Learner does the work. */
import type {AttentionMaps} from "../clip/attention-maps.ts";
import type {AttentionQuestion, EmbeddedPairs, HeldOutRecall, RunSettings, RunState, Snapshot} from "./protocol.ts";

/** What a run drives: something that can take one step and embed pairs. */
export interface Learner {
  /** One optimizer step on the next batch. Not finite: the step was not applied, and `blame` names the parameter. */
  learn(learningRate: number): Promise<{loss: number; gradientNorm: number; blame?: string}>;
  readonly logitScaleLog: number;
  setLogitScaleLog(t: number): void;
  /** Embeds the fixed watched pairs. */
  embedWatched(step: number): Promise<EmbeddedPairs>;
  /** Embeds the watched pairs and more, for the map. */
  embedMap(step: number): Promise<EmbeddedPairs>;
  /** Recall on the held-out gallery; may reuse the watched embeddings. */
  measureRecall(step: number, watched: EmbeddedPairs): Promise<HeldOutRecall>;
  embed(what: {texts?: string[]; rows?: number[]; pixels?: Uint8Array}): Promise<{texts?: Float32Array; images?: Float32Array; width: number}>;
  /** Attention of every block and head, of a picture and a sentence. */
  attention(what: AttentionQuestion): Promise<{image?: AttentionMaps; text?: AttentionMaps}>;
  parameters(): Promise<Record<string, {shape: number[]; data: Float32Array}>>;
  /** Back to the first weights, order and random state. */
  reset(): void;
  dispose(): void;
}

export interface RunPlan {
  steps: number;
  batchSize: number;
  learningRate: number;
  /** The learning rate of a step, from 0, given the peak rate and the number of steps. */
  schedule(step: number, peak: number, steps: number): number;
  /** Symmetric loss of embedded pairs at t, both halves. */
  halves(pairs: EmbeddedPairs, logitScaleLog: number): {lossImage: number; lossText: number};
  /** Milliseconds; injected so that tests need no clock. */
  now?: () => number;
}

/** Watching may take at most this part of the time that training takes. */
const watchShare = 0.12;
const mapShare = 0.08;
const recallShare = 0.08;
const shortestWatchMs = 200;

export class Run {
  state: RunState = "idle";
  private steps: number;
  private peak: number;
  private step_ = 0;
  private trainedMs = 0;
  private error: string | null = null;
  private losses: number[] = [];
  private scales: number[] = [];
  private lastLearningRate = 0;
  private gradientNorm = 0;
  private watched: EmbeddedPairs | null = null;
  private map: EmbeddedPairs | null = null;
  private heldOut: HeldOutRecall | null = null;
  private version = 0;
  private seen: Snapshot | null = null;
  private readonly listeners = new Set<() => void>();
  /** When each kind of watching was last done, and what it took. */
  private readonly watch = {
    watched: {atMs: -Infinity, tookMs: 0},
    map: {atMs: -Infinity, tookMs: 0},
    recall: {atMs: -Infinity, tookMs: 0}
  };
  /** Everything that touches the learner goes through this queue, one after another. */
  private queue: Promise<unknown> = Promise.resolve();
  private disposed = false;
  private readonly now: () => number;

  constructor(
    private readonly learner: Learner,
    private readonly plan: RunPlan
  ) {
    this.steps = plan.steps;
    this.peak = plan.learningRate;
    this.now = plan.now ?? (() => performance.now());
  }

  /** Trains until `steps` are taken or somebody pauses; resolves at once. A finished run stays finished. */
  async play(): Promise<void> {
    if (this.state === "running" || this.state === "finished" || this.disposed) return;
    this.state = "running";
    this.error = null;
    this.announce();
    void this.loop();
  }

  /** Resolves when the step under way is done. */
  async pause(): Promise<void> {
    if (this.state === "running") this.state = "paused";
    await this.exclusive(() => this.observe(true));
  }

  /**
   * Takes `count` steps and resolves with the snapshot after them.
   * @throws RangeError when `count` is not a whole number of at least 1.
   */
  async step(count = 1): Promise<Snapshot> {
    if (!(Number.isInteger(count) && count >= 1)) throw new RangeError(`step takes a whole number of at least 1; it was given ${count}`);
    if (this.state === "running") this.state = "paused";
    return this.exclusive(async () => {
      for (let i = 0; i < count && this.step_ < this.steps && this.state !== "failed" && !this.disposed; i++) await this.takeStep();
      if (this.state === "idle") this.state = "paused";
      if (this.step_ >= this.steps && this.state !== "failed") this.state = "finished";
      return this.observe(true);
    });
  }

  /** Back to the first weights: same seed, same losses. */
  async restart(): Promise<void> {
    if (this.state === "running") this.state = "paused";
    await this.exclusive(async () => {
      this.learner.reset();
      this.state = "idle";
      this.error = null;
      this.step_ = this.trainedMs = this.gradientNorm = this.lastLearningRate = 0;
      this.steps = this.plan.steps;
      this.losses = [];
      this.scales = [];
      this.watched = this.map = this.heldOut = null;
      for (const kind of Object.values(this.watch)) kind.atMs = -Infinity;
      await this.observe(true);
    });
  }

  /**
   * Changes learning rate, temperature or the number of steps while the run goes on.
   * @throws RangeError for a value that makes no sense, or a setting that a run has not.
   */
  async set(settings: RunSettings): Promise<void> {
    for (const [name, value] of Object.entries(settings)) {
      if (!["learningRate", "temperature", "steps"].includes(name)) throw new RangeError(`a run's settings are learningRate, temperature and steps; it was given "${name}"`);
      if (!(typeof value === "number" && value > 0 && Number.isFinite(value))) throw new RangeError(`${name} is a number above 0; it was given ${value}`);
    }
    const {learningRate, temperature, steps} = settings;
    await this.exclusive(async () => {
      if (learningRate !== undefined) this.peak = learningRate;
      if (temperature !== undefined) this.learner.setLogitScaleLog(Math.min(Math.log(100), Math.max(0, -Math.log(temperature))));
      if (steps !== undefined) {
        this.steps = Math.round(steps);
        if (this.state === "finished" && this.step_ < this.steps) this.state = "paused";
      }
      await this.observe(true);
    });
  }

  /** One snapshot of the present state. */
  snapshot(): Promise<Snapshot> {
    return this.exclusive(() => this.observe(true));
  }

  /** The present state, then every later one; a slow reader gets the newest and misses those between. */
  async *snapshots(signal?: AbortSignal): AsyncGenerator<Snapshot, void> {
    let version = -1;
    if (!this.seen) await this.snapshot();
    while (!this.disposed && !signal?.aborted) {
      if (this.version === version) await this.nextChange(signal);
      else {
        version = this.version;
        yield this.seen!;
      }
    }
  }

  /** Embeddings of sentences or rows with the present weights. */
  embed(what: {texts?: string[]; rows?: number[]; pixels?: Uint8Array}) {
    return this.exclusive(() => this.learner.embed(what));
  }

  attention(what: AttentionQuestion) {
    return this.exclusive(() => this.learner.attention(what));
  }

  parameters() {
    return this.exclusive(() => this.learner.parameters());
  }

  /** Ends the run and frees what it holds, after the step under way. */
  async dispose(): Promise<void> {
    this.disposed = true;
    this.state = "idle";
    this.announce();
    await this.queue.catch(() => {});
    this.learner.dispose();
  }

  private async loop() {
    while (this.state === "running" && !this.disposed) {
      await this.exclusive(async () => {
        if (this.state !== "running" || this.disposed) return;
        if (this.step_ < this.steps) await this.takeStep();
        if (this.step_ >= this.steps && this.state === "running") this.state = "finished";
        await this.observe(this.state !== "running");
      }).catch((error: Error) => this.fail(error));
      // Messages (pause, a slider) are heard between steps. A message channel is not slowed down in hidden tabs, as timers are.
      await nextTask();
    }
  }

  private async takeStep() {
    const began = this.now();
    this.lastLearningRate = this.plan.schedule(this.step_, this.peak, this.steps);
    const {loss, gradientNorm, blame} = await this.learner.learn(this.lastLearningRate);
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      throw new Error(
        `the loss became ${loss} at step ${this.step_ + 1}${blame ? `; the first gradient that is not finite belongs to ${blame}` : ""}. ` +
          "The weights of the step before are kept. A lower learning rate helps most often."
      );
    }
    this.step_++;
    this.losses.push(loss);
    this.scales.push(Math.exp(this.learner.logitScaleLog));
    this.gradientNorm = gradientNorm;
    this.trainedMs += this.now() - began;
  }

  private fail(error: Error) {
    this.state = "failed";
    this.error = error.message;
    void this.exclusive(() => this.observe(true)).catch(() => {});
  }

  /** Refreshes what others see. Unless `now`, only what is due: watching gets a fixed share of the time. */
  private async observe(now: boolean): Promise<Snapshot> {
    const {watched, map, recall} = this.watch;
    const stale = (embedded: {step: number} | null) => embedded?.step !== this.step_;
    if (!this.disposed) {
      if (stale(this.watched) && (now || this.isDue(watched, watchShare))) this.watched = await this.timed(watched, () => this.learner.embedWatched(this.step_));
      const fresh = this.watched!.step === this.step_;
      if (stale(this.heldOut) && fresh && (now || this.isDue(recall, recallShare))) this.heldOut = await this.timed(recall, () => this.learner.measureRecall(this.step_, this.watched!));
      if (stale(this.map) && fresh && (now || this.isDue(map, mapShare))) this.map = await this.timed(map, () => this.learner.embedMap(this.step_));
      if (now || fresh || !this.seen) this.announce();
    }
    return this.seen!;
  }

  private isDue({atMs, tookMs}: {atMs: number; tookMs: number}, share: number) {
    return this.now() - atMs >= Math.max(shortestWatchMs, tookMs / share);
  }

  private async timed<T>(kind: {atMs: number; tookMs: number}, work: () => Promise<T>): Promise<T> {
    const began = this.now();
    const result = await work();
    kind.atMs = this.now();
    kind.tookMs = kind.atMs - began;
    return result;
  }

  private announce() {
    if (this.watched) this.seen = this.describe();
    this.version++;
    for (const listener of [...this.listeners]) listener();
  }

  private describe(): Snapshot {
    const logitScaleLog = this.learner.logitScaleLog;
    return {
      step: this.step_,
      steps: this.steps,
      state: this.state,
      error: this.error,
      seconds: this.trainedMs / 1000,
      loss: this.losses.at(-1) ?? NaN,
      ...this.plan.halves(this.watched!, logitScaleLog),
      lossHistory: Float32Array.from(this.losses),
      scaleHistory: Float32Array.from(this.scales),
      logitScaleLog,
      learningRate: this.lastLearningRate,
      gradientNorm: this.gradientNorm,
      batchSize: this.plan.batchSize,
      watched: this.watched!,
      map: this.map,
      heldOut: this.heldOut
    };
  }

  private nextChange(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.listeners.delete(done);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      this.listeners.add(done);
      signal?.addEventListener("abort", done);
    });
  }

  private exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work);
    this.queue = result.catch(() => {});
    return result;
  }
}

/** Resolves in a task of its own, so that waiting messages come first. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const {port1, port2} = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
