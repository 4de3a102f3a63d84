/** Making elements: HTML and SVG from a name, attributes and children. Children are text or nodes, never markup. */
import look from "../look.css" with {type: "text"};

export type Child = Node | string | number | null | undefined | false;
type Attribute = string | number | boolean | null | undefined | EventListener;
export type Attributes = Record<string, Attribute>;

/** An HTML element. An attribute that is a function is a listener (`onclick`); true is an empty attribute; null and false are left out. */
export function html<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element, with the same rules as `html`. */
export function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/** Sets attributes by the rules of `html`; null, undefined and false remove. */
export function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value);
    else if (value == null || value === false) element.removeAttribute(name);
    else {
      // An attribute that is written anew counts as changed, and a picture's size then lays out all that is in it.
      const text = value === true ? "" : String(value);
      if (element.getAttribute(name) !== text) element.setAttribute(name, text);
    }
  }
}

function fill<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  set(element, attributes);
  for (const child of children) if (child != null && child !== false) element.append(child instanceof Node ? child : String(child));
  return element;
}

/** Gives `element` the properties of `members`, getters and setters kept: how an element becomes a widget. */
export function extend<E extends Element, M extends object>(element: E, members: M): E & M {
  return Object.defineProperties(element, Object.getOwnPropertyDescriptors(members)) as E & M;
}

/**
 * Gives `picture` these parts. What is there already stays and takes on what differs: a word that stays need not be laid out again, nor one beside
 * a word that changes, and words are what costs most. For parts without listeners.
 */
export function redraw(picture: Element, parts: readonly Element[]): void {
  let place = picture.firstChild;
  for (const part of parts) {
    const next: ChildNode | null = place?.nextSibling ?? null;
    if (place instanceof Element) become(place, part);
    else if (place) place.replaceWith(part);
    else picture.append(part);
    place = next;
  }
  while (place) {
    const next: ChildNode | null = place.nextSibling;
    place.remove();
    place = next;
  }
}

function become(old: Element, part: Element): void {
  if (old === part || old.isEqualNode(part)) return;
  // A canvas's pixels are no attribute.
  if (old.nodeName !== part.nodeName || part.querySelector("canvas")) return old.replaceWith(part);
  for (const {name} of [...old.attributes]) if (!part.hasAttribute(name)) old.removeAttribute(name);
  for (const {name, value} of part.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const isMixed = [...part.childNodes, ...old.childNodes].some((child) => !(child instanceof Element));
  if (!isMixed) redraw(old, [...part.children]);
  else if (part.childNodes.length === 1 && old.childNodes.length === 1 && old.firstChild instanceof Text) old.firstChild.data = part.textContent ?? "";
  else old.replaceChildren(...part.childNodes);
}

/** Shows or hides `element`; one that is hidden already is not touched. */
export function hide(element: HTMLElement, hidden: boolean): void {
  if (element.hidden !== hidden) element.hidden = hidden;
}

/** A widget's outer element. The first one brings the style sheet with it, so that a cell needs nothing but the widget. */
export function root(kind: string, ...children: Child[]): HTMLElement {
  wearLook();
  return html("figure", {class: `d-widget d-${kind}`}, ...children);
}

let worn = false;
function wearLook(): void {
  if (worn) return;
  worn = true;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(look);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

/** Announces to the reader's software: "image 3, caption 5, cosine 0.27, rank 2 of 64". */
export function liveRegion(): {element: HTMLElement; say(text: string): void} {
  const element = html("div", {class: "d-live", role: "status", "aria-live": "polite"});
  return {
    element,
    say(text) {
      if (element.textContent !== text) element.textContent = text;
    }
  };
}

/** Tells everyone above that a person changed the widget. */
export function emitInput(element: Element): void {
  element.dispatchEvent(new Event("input", {bubbles: true}));
}

/** Choices side by side, one of them on; a radio group for the keyboard. `value` is the chosen key; setting it tells no one. */
export function segments<K extends string>(label: string, choices: Record<K, string>, initial: K): HTMLFieldSetElement & {value: K} {
  const name = `d-${Math.trunc(performance.now() * 1000)}-${counter++}`;
  const inputs = (Object.keys(choices) as K[]).map((key) => html("input", {type: "radio", name, value: key, checked: key === initial, "aria-label": choices[key]}));
  const element = html("fieldset", {class: "d-segments", "aria-label": label}, ...inputs.map((input) => html("label", {}, input, choices[input.value as K])));
  return extend(element, {
    get value(): K {
      return (inputs.find((input) => input.checked)?.value ?? initial) as K;
    },
    set value(key: K) {
      for (const input of inputs) input.checked = input.value === key;
    }
  });
}
let counter = 0;
