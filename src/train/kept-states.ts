/** Earlier states of a run, some steps apart: what it goes back to when a step fails, and what a branch begins at. */

export interface KeptState {
  /** Steps taken when it was kept. */
  step: number;
  /** A whole checkpoint. */
  bytes: Uint8Array<ArrayBuffer>;
}

const mostBytes = 256 * 2 ** 20;

export class KeptStates {
  private states: KeptState[] = [];

  /** `most` states; fewer, but one, where they would take more than 256 MB. */
  constructor(private readonly most: number) {}

  /** Where there are too many, every second goes; the first and the newest stay. */
  add(state: KeptState): void {
    this.states = this.states.filter(({step}) => step < state.step);
    this.states.push(state);
    const room = Math.min(this.most, Math.max(1, Math.floor(mostBytes / state.bytes.byteLength)));
    if (this.states.length <= room) return;
    const last = this.states.length - 1;
    this.states = room === 1 ? [state] : this.states.filter((_, i) => i % 2 === 0 || i === last);
  }

  /** The newest that is of `step` or before. */
  at(step: number): KeptState | undefined {
    return this.states.findLast((state) => state.step <= step);
  }

  /** Forgets what came after `step`. */
  cut(step: number): void {
    this.states = this.states.filter((state) => state.step <= step);
  }

  clear(): void {
    this.states = [];
  }
}
