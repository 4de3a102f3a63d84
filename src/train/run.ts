/** The state machine of a training run: play, pause, step, set, go back, and what others see of it. It knows no tensors: a Learner does the work. */
import {checkSettings} from "./course.ts";
import {Journey} from "./journey.ts";
import type {AttentionQuestion, CheckpointRequest, EmbeddedPairs, RunSettings, RunState, Snapshot, WriteRequest} from "./protocol.ts";
import type {Learner, RunPlan} from "./run-parts.ts";
import {Bell, nextTask, Queue} from "./turns.ts";
import {Watcher} from "./watcher.ts";

export class Run {
  state: RunState = "idle";
  private error: string | null = null;
  private notice: string | undefined;
  private version = 0;
  private seen: Snapshot | null = null;
  private disposed = false;
  /** A loop that a pause has not ended yet is gone on with: a second beside it would take every other step. */
  private isLooping = false;
  private readonly news = new Bell();
  private readonly journey: Journey;
  private readonly watcher: Watcher;
  /** Everything that touches the learner goes through this queue. */
  private readonly queue = new Queue();

  constructor(
    private readonly learner: Learner,
    private readonly plan: RunPlan
  ) {
    const now = plan.now ?? (() => performance.now());
    this.journey = new Journey(learner, plan, now);
    this.watcher = new Watcher(learner, now);
    // One that takes no steps, such as a pretrained model, is finished as it is.
    if (this.journey.isFinished) this.state = "finished";
  }

  /** Trains until `steps` are taken or somebody pauses; resolves at once. A finished run stays finished. */
  async play(): Promise<void> {
    if (this.state === "running" || this.state === "finished" || this.disposed) return;
    this.state = "running";
    this.error = null;
    this.announce();
    if (!this.isLooping) void this.loop();
  }

  /** Resolves when the step under way is done. */
  async pause(): Promise<void> {
    if (this.state === "running") this.state = "paused";
    await this.queue.add(() => this.observe(true));
  }

  /**
   * Takes `count` steps and resolves with the snapshot after them.
   * @throws RangeError when `count` is not a whole number of at least 1; Error where a step fails, and the run with it.
   */
  async step(count = 1): Promise<Snapshot> {
    if (!(Number.isInteger(count) && count >= 1)) throw new RangeError(`step takes a whole number of at least 1; it was given ${count}`);
    if (this.state === "running") this.state = "paused";
    return this.queue.add(async () => {
      try {
        const end = Math.min(this.journey.course.step + count, this.journey.course.steps);
        while (this.journey.course.step < end && !this.disposed) await this.surviving(() => this.journey.takeStep());
      } catch (error) {
        await this.fail(error as Error);
        throw error;
      }
      if (this.journey.isFinished) this.state = "finished";
      else if (this.state === "idle" || this.state === "failed") this.state = "paused";
      return this.observe(true);
    });
  }

  /** Back to the first weights: same seed, same losses. */
  async restart(): Promise<void> {
    if (this.state === "running") this.state = "paused";
    await this.queue.add(async () => {
      this.journey.restart();
      this.state = "idle";
      this.error = null;
      this.watcher.forget();
      await this.observe(true);
    });
  }

  /**
   * Changes learning rate, temperature or the number of steps while the run goes on.
   * @throws RangeError for a value that makes no sense, or a setting that a run has not.
   */
  async set(settings: RunSettings): Promise<void> {
    checkSettings(settings);
    await this.queue.add(async () => {
      this.journey.change(settings);
      if (this.state === "finished" && !this.journey.isFinished) this.state = "paused";
      await this.observe(true);
    });
  }

  /**
   * The run in one safetensors file, from which another goes on with the same losses. Of an earlier step: the nearest kept state, or the first
   * weights, are brought forward to it, and then the run is as it was.
   * @throws RangeError for a step that was not taken.
   */
  checkpoint(request?: CheckpointRequest): Promise<Uint8Array<ArrayBuffer>> {
    return this.queue.add(() => this.journey.save(request));
  }

  /** Goes on where the run of a checkpoint was; steps and learning rate are this run's own. To be called before anything else. */
  async resume(bytes: Uint8Array): Promise<void> {
    await this.queue.add(async () => {
      await this.journey.resume(bytes);
      if (this.journey.course.step > 0) this.state = this.journey.isFinished ? "finished" : "paused";
    });
  }

  /** How far it has come, at no cost. */
  get progress(): {step: number; steps: number} {
    const {step, steps} = this.journey.course;
    return {step, steps};
  }

  /** One snapshot of the present state. */
  snapshot(): Promise<Snapshot> {
    return this.queue.add(() => this.observe(true));
  }

  /** The present state, then every later one; a slow reader gets the newest and misses those between. */
  async *snapshots(signal?: AbortSignal): AsyncGenerator<Snapshot, void> {
    let version = -1;
    if (!this.seen) await this.snapshot();
    while (!this.disposed && !signal?.aborted) {
      if (this.version === version) await this.news.next(signal);
      else {
        version = this.version;
        yield this.seen!;
      }
    }
  }

  /** Embeddings of sentences or rows with the present weights. */
  embed(what: {texts?: string[]; rows?: number[]; pixels?: Uint8Array}) {
    return this.queue.add(() => this.learner.embed(what));
  }

  attention(what: AttentionQuestion) {
    return this.queue.add(() => this.learner.attention(what));
  }

  /** Captions that the model writes with the present weights. Throws an Error where it has no decoder. */
  write(what: WriteRequest) {
    return this.queue.add(async () => {
      if (!this.learner.write) throw new Error("this model reads captions and cannot write them");
      return this.learner.write(what);
    });
  }

  parameters() {
    return this.queue.add(() => this.learner.parameters());
  }

  /** Ends the run and frees what it holds, after the step under way. */
  async dispose(): Promise<void> {
    this.disposed = this.journey.stopped = true;
    this.state = "idle";
    this.announce();
    await this.queue.empty();
    this.learner.dispose();
  }

  private async loop() {
    this.isLooping = true;
    while (this.state === "running" && !this.disposed) {
      await this.queue.add(async () => {
        if (this.state !== "running" || this.disposed) return;
        try {
          if (!this.journey.isFinished) await this.surviving(() => this.journey.takeSteps());
          if (this.journey.isFinished && this.state === "running") this.state = "finished";
          await this.observe(this.state !== "running");
        } catch (error) {
          await this.fail(error as Error);
        }
      });
      // Messages (pause, a slider) are heard between steps.
      await nextTask();
    }
    this.isLooping = false;
  }

  /** Takes steps; where they fail because the graphics device was lost, the run is brought back to its last kept state instead. */
  private async surviving(take: () => Promise<void>) {
    try {
      await take();
    } catch (error) {
      const said = await this.journey.revive();
      if (said === undefined) throw error;
      this.notice = said;
      this.watcher.forget();
    }
  }

  private async fail(error: Error) {
    this.state = "failed";
    this.error = error.message;
    this.watcher.forget();
    await this.observe(true).catch(() => this.announce());
  }

  /** Refreshes what others see; unless `all`, only what is due. */
  private async observe(all: boolean): Promise<Snapshot> {
    if (!this.disposed) {
      const fresh = await this.watcher.look(this.journey.course.step, all);
      if (all || fresh || !this.seen) this.announce();
    }
    return this.seen!;
  }

  private announce() {
    if (this.watcher.watched) this.seen = this.describe(this.watcher.watched);
    this.version++;
    this.news.ring();
  }

  private describe(watched: EmbeddedPairs): Snapshot {
    const {learner, watcher, journey} = this;
    const {course, lastLearningRate: learningRate, gradientNorm} = journey;
    return {
      step: course.step,
      steps: course.steps,
      state: this.state,
      error: this.error,
      notice: this.notice,
      seconds: course.trainedMs / 1000,
      loss: course.losses.at(-1) ?? NaN,
      ...this.plan.halves(watched, learner.logitScaleLog),
      lossHistory: Float32Array.from(course.losses),
      scaleHistory: Float32Array.from(course.scales),
      logitScaleLog: learner.logitScaleLog,
      learningRate,
      gradientNorm,
      batchSize: this.plan.batchSize,
      watched,
      map: watcher.map,
      heldOut: watcher.heldOut
    };
  }
}
