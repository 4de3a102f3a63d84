/** One line that says how far something long has come, and how long it may still take. */

export interface ProgressState {
  what: string;
  done: number;
  total: number;
  secondsLeft: number | null;
}

export interface ProgressNote extends HTMLElement {
  /** Shows a state; null when the work is done: the line goes away. */
  update(state: ProgressState | null): void;
}

export interface ProgressNoteOptions {
  /** Called when a person presses Stop; without it there is no such button. */
  stop?: () => void;
}

/** An empty line until `update` is called. */
export function progressNote({stop}: ProgressNoteOptions = {}): ProgressNote {
  const text = document.createElement("span");
  const bar = document.createElement("progress");
  const root = document.createElement("div");
  root.className = "d-progress-note";
  root.hidden = true;
  root.setAttribute("role", "status");
  root.append(bar, " ", text);
  if (stop) {
    const button = document.createElement("button");
    Object.assign(button, {type: "button", className: "d-button", textContent: "Stop", onclick: stop});
    root.append(" ", button);
  }
  return Object.assign(root, {
    update(state: ProgressState | null) {
      root.hidden = state === null;
      if (!state) return;
      const {what, done, total, secondsLeft} = state;
      bar.max = Math.max(1, total);
      bar.value = done;
      text.textContent = `${what}: ${done.toLocaleString("en")} of ${total.toLocaleString("en")}${timeLeft(secondsLeft)}`;
    }
  });
}

function timeLeft(seconds: number | null): string {
  if (seconds === null) return "";
  if (seconds < 60) return `, about ${Math.max(1, Math.round(seconds))} s left`;
  return `, about ${Math.round(seconds / 60)} min left`;
}
