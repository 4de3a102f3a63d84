/** Async generators that cells and builtins are made of: a value that changes by itself, an input's value, the time, the width. */

export interface Observed<T> extends AsyncIterator<T, undefined> {
  return(): Promise<{done: true; value: undefined}>;
  [Symbol.asyncIterator](): Observed<T>;
}

/**
 * Yields the latest value given to `change`; values that come while nobody asks replace each other.
 * `initialize` returns what to do at the end, if anything.
 */
export function observe<T>(initialize: (change: (value: T) => T) => (() => void) | void): Observed<T> {
  return changes(initialize, (waiting, value) => waiting.splice(0, waiting.length, value));
}

/** Like `observe`, but keeps every value until it was asked for. */
export function queue<T>(initialize: (change: (value: T) => T) => (() => void) | void): Observed<T> {
  return changes(initialize, (waiting, value) => waiting.push(value));
}

function changes<T>(initialize: (change: (value: T) => T) => (() => void) | void, keep: (waiting: T[], value: T) => void): Observed<T> {
  const waiting: T[] = [];
  let deliver: ((value: T) => void) | undefined;
  let end: (() => void) | undefined;
  let ended = false;
  const dispose = initialize((value) => {
    if (deliver) {
      const give = deliver;
      deliver = undefined;
      give(value);
    } else keep(waiting, value);
    return value;
  });
  if (dispose !== undefined && typeof dispose !== "function") throw new TypeError("The function given to observe must return nothing, or a function that ends it.");
  return {
    async next() {
      if (ended) return {done: true, value: undefined};
      if (waiting.length > 0) return {done: false, value: waiting.shift()!};
      return new Promise((resolve) => {
        deliver = (value) => resolve({done: false, value});
        end = () => resolve({done: true, value: undefined} as never);
      });
    },
    async return() {
      if (!ended) {
        ended = true;
        end?.();
        dispose?.();
      }
      return {done: true, value: undefined};
    },
    [Symbol.asyncIterator]() {
      return this;
    }
  };
}

/** An element with a value, such as a form control or a widget. */
export type InputElement = Element & {value?: unknown};

/** The value of an input, as Observable reads it. */
export function valueOf(element: InputElement): unknown {
  const input = element as unknown as HTMLInputElement;
  switch (input.type) {
    case "range":
    case "number":
      return input.valueAsNumber;
    case "date":
      return input.valueAsDate;
    case "checkbox":
      return input.checked;
    case "file":
      return input.multiple ? input.files : input.files?.[0];
    case "select-multiple":
      return Array.from((element as unknown as HTMLSelectElement).selectedOptions, ({value}) => value);
    default:
      return element.value;
  }
}

/** The event that tells that a person changed an input. */
export function eventOf(element: InputElement): string {
  const {type} = element as unknown as HTMLInputElement;
  if (type === "button" || type === "submit" || type === "checkbox") return "click";
  return type === "file" ? "change" : "input";
}

/** Yields an input's value now, where it has one, and after every change. */
export function input(element: InputElement): Observed<unknown> {
  return observe((change) => {
    const changed = () => void change(valueOf(element));
    const event = eventOf(element);
    element.addEventListener(event, changed);
    if (valueOf(element) !== undefined) changed();
    return () => element.removeEventListener(event, changed);
  });
}

/** Sets an input's value as a person would, so that everything that listens hears of it. */
export function setValue(element: InputElement, value: unknown): void {
  const input = element as unknown as HTMLInputElement;
  if (input.type === "checkbox") {
    input.checked = Boolean(value);
    element.dispatchEvent(new Event("click", {bubbles: true}));
  } else {
    element.value = value;
    element.dispatchEvent(new Event("input", {bubbles: true}));
  }
}

/** Yields the time in milliseconds, as often as it is asked. */
export async function* now(): AsyncGenerator<number> {
  while (true) yield Date.now();
}

/** Yields the width of an element's content in pixels. */
export function width(element: Element): Observed<number> {
  return observe((change) => {
    let known: number | undefined;
    const look = (widthPx: number) => {
      if (widthPx !== known) change((known = widthPx));
    };
    look(Math.floor(element.getBoundingClientRect().width));
    const observer = new ResizeObserver(([entry]) => look(Math.floor(entry.contentRect.width)));
    observer.observe(element);
    return () => observer.disconnect();
  });
}

/** Yields whether the page is dark. */
export function dark(): Observed<boolean> {
  return observe((change) => {
    const media = matchMedia("(prefers-color-scheme: dark)");
    const changed = () => void change(media.matches);
    changed();
    media.addEventListener("change", changed);
    return () => media.removeEventListener("change", changed);
  });
}

/** A value that the cell which makes it may change, and others can watch. */
export function Mutable<T>(value?: T): Observed<T> & {value: T | undefined} {
  let change: ((value: T) => T) | undefined;
  const observed = observe<T>((tell) => {
    change = tell;
    if (value !== undefined) tell(value);
  });
  return Object.defineProperty(observed, "value", {
    get: () => value,
    set: (next: T) => {
      value = next;
      change?.(next);
    }
  }) as Observed<T> & {value: T | undefined};
}
