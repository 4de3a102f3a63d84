/** Keys pressed on the page or in the frame, and which of them mean a command. */
import {commandFor, type CommandId, type KeyPress} from "./commands.ts";
import type {Presenter} from "./presenter.ts";

export interface KeysOptions {
  presenter: Presenter;
  /** Whether some cell is selected. */
  hasSelection(): boolean;
  do(command: CommandId): void;
}

export class Keys {
  constructor(private readonly options: KeysOptions) {}

  /** A key on the page. */
  keydown(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const target = event.target as Element;
    const typing = target.closest("input, textarea, select, .cm-editor, dialog, [role=menu]") !== null;
    const {presenter} = this.options;
    if (presenter.isOn && !typing && presenter.key(event.key, event.shiftKey)) return event.preventDefault();
    // A button's own keys stay its own.
    if (target.closest("button:not(.h-handle), a, .h-text") && (event.key === "Enter" || event.key === " ")) return;
    const press = {key: event.key, shift: event.shiftKey, control: event.ctrlKey || event.metaKey, alt: event.altKey};
    if (this.pressed(press, {typing, inCell: target.closest(".h-cell") !== null})) event.preventDefault();
  }

  /** A key anywhere; whether it meant something. Single keys act only where a cell has the focus, on this page or in the frame, so that nobody sets them off by chance. */
  pressed(press: KeyPress, {typing = false, inCell = true} = {}): boolean {
    const {presenter, hasSelection} = this.options;
    if (presenter.isOn && !typing && presenter.key(press.key, press.shift)) return true;
    const command = commandFor(press, {typing, inCell: inCell && hasSelection()});
    if (command === undefined) return false;
    this.options.do(command);
    return true;
  }
}
