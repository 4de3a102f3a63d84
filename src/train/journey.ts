/** A learner's way through its steps: takes them, keeps states on the way, goes back to earlier ones. It knows nothing of playing and watching. */
import {newCourse} from "./course.ts";
import type {Change} from "./course.ts";
import {KeptStates} from "./kept-states.ts";
import type {CheckpointRequest, RunSettings} from "./protocol.ts";
import type {Learner, RunPlan} from "./run-parts.ts";

/** Steps between two kept states. */
export const keepEverySteps = 20;

export class Journey {
  course;
  lastLearningRate = 0;
  gradientNorm = 0;
  /** Set when nobody waits any more: a way back is then broken off. */
  stopped = false;
  private changes: Change[] = [];
  private readonly kept: KeptStates;

  constructor(
    private readonly learner: Learner,
    private readonly plan: RunPlan,
    private readonly now: () => number
  ) {
    this.course = newCourse(plan.steps, plan.learningRate);
    this.kept = new KeptStates(plan.keep);
  }

  get isFinished(): boolean {
    return this.course.step >= this.course.steps;
  }

  /**
   * Takes one step, and keeps the state before it now and then.
   * @throws Error naming step and parameter where loss or gradient is not finite; the journey is then back at its last good state.
   */
  async takeStep(): Promise<void> {
    await this.keep();
    await this.check(await this.learnOnce());
  }

  /** Takes as many steps as the learner takes at once, never past a state that is to be kept or the end. Throws as `takeStep` does. */
  async takeSteps(): Promise<void> {
    await this.keep();
    const {course, plan, learner} = this;
    const untilKept = plan.keep > 0 ? keepEverySteps - (course.step % keepEverySteps) : Infinity;
    const count = Math.min(learner.stepsAtOnce ?? 1, course.steps - course.step, untilKept);
    if (count < 2) return this.check(await this.learnOnce());
    const began = this.now();
    const rates = Array.from({length: count}, (_, i) => plan.schedule(course.step + i, course.peak, course.steps));
    const results = await learner.learnSeveral!(rates);
    results.forEach((result, i) => isFinite(result) && this.note(result, rates[i], result.logitScaleLog));
    course.trainedMs += this.now() - began;
    await this.check(results[results.length - 1]);
  }

  private async keep(): Promise<void> {
    const {step} = this.course;
    if (this.plan.keep > 0 && step % keepEverySteps === 0) this.kept.add({step, bytes: await this.learner.save(this.course)});
  }

  /** Throws where a step was not applied, because a number was not finite. */
  private async check(result: {loss: number; gradientNorm: number; blame?: string}): Promise<void> {
    if (isFinite(result)) return;
    const {loss, gradientNorm, blame} = result;
    const {step} = this.course;
    const what = Number.isFinite(loss) ? `the gradient became ${gradientNorm}` : `the loss became ${loss}`;
    // The parameters as they are give no number; those of the step before did.
    const isBack = this.kept.at(step - 1) !== undefined || step === 0;
    if (isBack) await this.goTo(Math.max(0, step - 1));
    this.kept.cut(this.course.step);
    this.changes = this.changes.filter((change) => change.step <= this.course.step);
    throw new Error(
      `${what} at step ${step + 1}${blame ? `; the first gradient that is not finite belongs to ${blame}` : ""}. ` +
        `${isBack ? `The run is back at its last good state, that after step ${this.course.step}` : "The weights of the step before are kept"}. A lower learning rate helps most often.`
    );
  }

  /** Changes settings from the present step on, and remembers it for the way back. */
  change(settings: RunSettings): void {
    this.changes.push({step: this.course.step, settings});
    this.apply(settings);
  }

  /**
   * The state after `step` as a checkpoint; the present one if left out. The journey is afterwards where it was.
   * @throws RangeError for a step that was not taken.
   */
  async save({step = this.course.step, ...options}: CheckpointRequest = {}): Promise<Uint8Array<ArrayBuffer>> {
    if (step === this.course.step) return this.learner.save(this.course, options);
    const isTaken = Number.isInteger(step) && step >= 0 && step < this.course.step;
    if (!isTaken) throw new RangeError(`a checkpoint of step ${step} cannot be had: steps 0 to ${this.course.step} are taken`);
    const present = await this.learner.save(this.course);
    try {
      await this.goTo(step);
      return await this.learner.save(this.course, options);
    } finally {
      this.course = await this.learner.restore(present);
    }
  }

  /** Goes on where a checkpoint was; the number of steps and the learning rate are the plan's. */
  async resume(bytes: Uint8Array): Promise<void> {
    const {steps, learningRate: peak} = this.plan;
    this.course = {...(await this.learner.restore(bytes)), steps, peak};
  }

  /** Where the graphics device was lost: back at the newest kept state on another, with a sentence that says so. Else undefined. */
  async revive(): Promise<string | undefined> {
    const said = await this.learner.revive?.();
    if (said === undefined) return undefined;
    const from = this.kept.at(this.course.step);
    const {steps, peak} = this.course;
    this.course = from ? await this.learner.restore(from.bytes) : newCourse(steps, peak);
    Object.assign(this.course, {steps, peak});
    return `${said} It is back at step ${this.course.step}.`;
  }

  /** Back to the first weights. */
  restart(): void {
    this.learner.reset();
    this.course = newCourse(this.plan.steps, this.course.peak);
    this.changes = [];
    this.gradientNorm = this.lastLearningRate = 0;
    this.kept.clear();
  }

  /** One step of the learner, noted if it was applied. */
  private async learnOnce() {
    const {course} = this;
    const began = this.now();
    const rate = this.plan.schedule(course.step, course.peak, course.steps);
    const result = await this.learner.learn(rate);
    if (!isFinite(result)) return result;
    this.note(result, rate, this.learner.logitScaleLog);
    course.trainedMs += this.now() - began;
    return result;
  }

  private note({loss, gradientNorm}: {loss: number; gradientNorm: number}, rate: number, logitScaleLog: number) {
    this.lastLearningRate = rate;
    this.gradientNorm = gradientNorm;
    this.course.step++;
    this.course.losses.push(loss);
    this.course.scales.push(Math.exp(logitScaleLog));
  }

  /** Brings the learner back to an earlier step, by way of the nearest state kept, or else of its first weights. */
  private async goTo(step: number): Promise<void> {
    const from = this.kept.at(step);
    const changes = this.changes.filter((change) => change.step > (from?.step ?? -1) && change.step <= step);
    if (from) this.course = await this.learner.restore(from.bytes);
    else {
      this.learner.reset();
      this.course = newCourse(this.plan.steps, this.plan.learningRate);
      while (changes[0]?.step === 0) this.apply(changes.shift()!.settings);
    }
    while (this.course.step < step && !this.stopped) {
      const before = this.course.step;
      await this.learnOnce();
      if (this.course.step === before) break; // not finite again, and sooner
      while (changes[0]?.step === this.course.step) this.apply(changes.shift()!.settings);
    }
  }

  private apply({learningRate, temperature, steps}: RunSettings) {
    if (learningRate !== undefined) this.course.peak = learningRate;
    if (temperature !== undefined) this.learner.setLogitScaleLog(Math.min(Math.log(100), Math.max(0, -Math.log(temperature))));
    if (steps !== undefined) this.course.steps = Math.round(steps);
  }
}

const isFinite = ({loss, gradientNorm}: {loss: number; gradientNorm: number}) => Number.isFinite(loss) && Number.isFinite(gradientNorm);
