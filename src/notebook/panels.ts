/** Menus, dialogs and short messages of the page. */
import {commands, shownKey, type CommandId} from "./commands.ts";
import {considered} from "./considered.ts";
import {make} from "./dom.ts";

/** A menu that pops up at a button; made once, filled each time. */
export class Menu {
  readonly element = make("div", "h-menu");
  private opener?: HTMLElement;

  constructor() {
    this.element.setAttribute("role", "menu");
    this.element.popover = "auto";
    this.element.addEventListener("keydown", (event) => this.pressed(event));
    this.element.addEventListener("toggle", (event) => {
      if ((event as ToggleEvent).newState === "closed") this.opener?.setAttribute("aria-expanded", "false");
    });
  }

  open(opener: HTMLElement, items: readonly (CommandId | "-")[], run: (id: CommandId) => void, titles: Partial<Record<CommandId, string>> = {}): void {
    this.opener = opener;
    this.element.replaceChildren(
      ...items.map((id) => {
        if (id === "-") return Object.assign(make("hr"), {});
        const {title, keys} = commands.find((command) => command.id === id)!;
        const item = make("button", "h-item", make("span", "", titles[id] ?? title), keys[0] ? make("kbd", "", shownKey(keys[0])) : "");
        item.type = "button";
        item.tabIndex = -1;
        item.setAttribute("role", "menuitem");
        item.addEventListener("click", () => {
          this.element.hidePopover();
          opener.focus({preventScroll: true});
          run(id);
        });
        return item;
      })
    );
    this.element.showPopover();
    const {left, bottom, top} = opener.getBoundingClientRect();
    const {offsetWidth, offsetHeight} = this.element;
    this.element.style.left = `${Math.max(8, Math.min(left, innerWidth - offsetWidth - 8))}px`;
    this.element.style.top = `${bottom + offsetHeight + 8 > innerHeight ? Math.max(8, top - offsetHeight - 4) : bottom + 4}px`;
    opener.setAttribute("aria-expanded", "true");
    this.items()[0]?.focus();
  }

  private items() {
    return [...this.element.querySelectorAll<HTMLElement>("[role=menuitem]")];
  }

  private pressed(event: KeyboardEvent) {
    const items = this.items();
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1}[event.key];
    event.stopPropagation();
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      this.element.hidePopover();
      this.opener?.focus({preventScroll: true});
    } else if (to !== undefined) {
      event.preventDefault();
      items[(to + items.length) % items.length]?.focus();
    } else if (event.key.length === 1) items.find((item, i) => i > at && item.textContent!.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
  }
}

interface DialogButton {
  label: string;
  value: string;
  primary?: boolean;
}

/**
 * Opens a dialog with a title; closing it gives the focus back. Resolves with the value of the button that closed it. `isConsidered` where the answer gives something
 * away: see considered.ts.
 */
export function openDialog(title: string, content: (Node | string)[], buttons: DialogButton[] = [{label: "Close", value: "close"}], {isConsidered = false} = {}): Promise<string> {
  const dialog = make("dialog", "h-dialog");
  const heading = make("h2", "", title);
  heading.id = `h-dialog-${title.replace(/\W+/g, "-")}`;
  dialog.setAttribute("aria-labelledby", heading.id);
  const row = make("div", "h-buttons");
  for (const {label, value, primary} of buttons) {
    const button = make("button", primary ? "h-button h-primary" : "h-button", label);
    button.type = "button";
    button.addEventListener("click", () => dialog.close(value));
    row.append(button);
  }
  dialog.append(heading, ...content, row);
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  document.body.append(dialog);
  const opener = document.activeElement as HTMLElement | null;
  dialog.showModal();
  if (isConsidered) considered(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      opener?.focus({preventScroll: true});
      resolve(dialog.returnValue || "cancel");
    });
  });
}

/** Asks for a title; undefined where the reader leaves it. */
export async function askTitle(title: string): Promise<string | undefined> {
  const field = make("input", "h-input");
  field.value = title;
  field.setAttribute("aria-label", "Title");
  const buttons = [
    {label: "Cancel", value: "cancel"},
    {label: "Rename", value: "rename", primary: true}
  ];
  return (await openDialog("Rename the notebook", [field], buttons)) === "rename" ? field.value.trim() || undefined : undefined;
}

/** Short messages at the foot of the page, each with at most one thing to do. */
export class Messages {
  readonly element = make("div", "h-messages");
  private readonly live = make("div", "h-hidden");

  constructor() {
    this.live.setAttribute("role", "status");
    this.element.append(this.live);
  }

  /** Says something to screen readers only. */
  announce(text: string): void {
    this.live.textContent = text;
  }

  say(text: string, {action, run, lastsMs = 8000}: {action?: string; run?(): void; lastsMs?: number} = {}): void {
    this.element.querySelectorAll(".h-message").forEach((old) => old.remove());
    const message = make("div", "h-message", make("span", "", text));
    const close = () => message.remove();
    if (action) {
      const button = make("button", "h-button", action);
      button.type = "button";
      button.addEventListener("click", () => {
        close();
        run?.();
      });
      message.append(button);
    }
    this.element.append(message);
    this.announce(text);
    if (lastsMs < Infinity) setTimeout(close, lastsMs);
  }
}
