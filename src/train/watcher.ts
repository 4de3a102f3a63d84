/** Keeps what others see of a run fresh without slowing it: each kind of watching has a fixed share of the training time. */
import type {EmbeddedPairs, HeldOutRecall} from "./protocol.ts";
import type {Learner} from "./run-parts.ts";

/** Watching may take at most this part of the time that training takes. */
const shares = {watched: 0.12, map: 0.08, recall: 0.08};
const shortestWatchMs = 200;

type Kind = keyof typeof shares;

export class Watcher {
  watched: EmbeddedPairs | null = null;
  map: EmbeddedPairs | null = null;
  heldOut: HeldOutRecall | null = null;
  /** When each kind of watching was last done, and what it took. */
  private timing = startTiming();

  constructor(
    private readonly learner: Learner,
    private readonly now: () => number
  ) {}

  /** Embeds and measures what is due at `step`, or everything if `all`. Gives whether the watched pairs are those of this step. */
  async look(step: number, all: boolean): Promise<boolean> {
    const due = (kind: Kind, known: {step: number} | null) => known?.step !== step && (all || this.isDue(kind));
    if (due("watched", this.watched)) this.watched = await this.timed("watched", () => this.learner.embedWatched(step));
    const fresh = this.watched!.step === step;
    if (fresh && due("recall", this.heldOut)) this.heldOut = await this.timed("recall", () => this.learner.measureRecall(step, this.watched!));
    if (fresh && due("map", this.map)) this.map = await this.timed("map", () => this.learner.embedMap(step));
    return fresh;
  }

  /** Forgets everything: the parameters are others now. */
  forget(): void {
    this.watched = this.map = this.heldOut = null;
    this.timing = startTiming();
  }

  private isDue(kind: Kind): boolean {
    const {atMs, tookMs} = this.timing[kind];
    return this.now() - atMs >= Math.max(shortestWatchMs, tookMs / shares[kind]);
  }

  private async timed<T>(kind: Kind, work: () => Promise<T>): Promise<T> {
    const began = this.now();
    const result = await work();
    const atMs = this.now();
    this.timing[kind] = {atMs, tookMs: atMs - began};
    return result;
  }
}

const startTiming = () => ({watched: {atMs: -Infinity, tookMs: 0}, map: {atMs: -Infinity, tookMs: 0}, recall: {atMs: -Infinity, tookMs: 0}});
