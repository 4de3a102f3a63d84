/** How a cell's values, errors and gates look in the frame. */
import {Inspector} from "@observablehq/inspector";
import {make as element} from "./dom.ts";
import type {CellProblem} from "./compile.ts";
import {numbersOf, showNumbers} from "./numbers-view.ts";
import type {CellReport} from "./messages.ts";
import type {Output} from "./cell-showing.ts";

/** The output of one cell. `reveal` shows another cell to the reader. */
export function createOutput(root: HTMLElement, reveal: (id: number) => void): Output {
  let expanded: number[][][] = [];
  let gated: HTMLElement | undefined;

  const clear = () => {
    expanded = Array.from(root.childNodes, expandedPaths);
    const focused = root.contains(document.activeElement);
    root.replaceChildren();
    root.classList.remove("n-failed", "n-stale");
    // The room of what had the focus takes it, so that a keyboard reader is not thrown to the top.
    if (focused) root.focus({preventScroll: true});
  };
  const fail = (node: Node) => {
    root.replaceChildren(node);
    root.classList.add("n-failed");
  };

  return {
    element: root,
    clear,
    show(value, name) {
      gated?.remove();
      if (value instanceof DocumentFragment) root.append(value);
      else root.append(isShowable(value, root) ? value : inspect(value, name, expanded[root.childNodes.length]));
    },
    fail({status, error, blockedBy}: CellReport, source) {
      if (status === "blocked" && blockedBy !== undefined) {
        const link = element("a", "", `cell ${blockedBy}`);
        link.href = `#cell-${blockedBy}`;
        link.addEventListener("click", (event) => {
          event.preventDefault();
          reveal(blockedBy);
        });
        fail(element("p", "n-blocked", "Waits for ", link, `, which has an error: ${error?.message ?? ""}`));
      } else if (status === "interrupted") fail(element("p", "n-blocked", "Stopped. Run it again, or change it."));
      else fail(problem(error ?? {message: "It failed."}, source));
    },
    failLate(error, source) {
      const known = [...root.querySelectorAll(".n-late")].find((node) => node.textContent?.includes(error.message));
      if (known) return;
      const node = problem(error, source);
      node.classList.add("n-late");
      root.append(node);
    },
    gate(label, open, again) {
      gated?.remove();
      const button = element("button", "n-run", label);
      button.type = "button";
      button.addEventListener("click", () => {
        const hadFocus = document.activeElement === button;
        gated?.remove();
        if (hadFocus) root.focus({preventScroll: true});
        open();
      });
      gated = element("p", "n-gate", button, again ? element("span", "n-hint", "What it builds on has changed.") : "");
      if (again) {
        root.classList.add("n-stale");
        root.prepend(gated);
      } else root.replaceChildren(gated);
    }
  };
}

/** What went wrong, and the line where. */
function problem({message, line}: CellProblem, source: string) {
  const box = element("div", "n-error");
  box.setAttribute("role", "alert");
  box.append(element("p", "n-error-message", message));
  const text = line === undefined ? undefined : source.split("\n")[line - 1];
  if (text !== undefined) box.append(element("p", "n-error-line", `line ${line}`, element("code", "", text.trim())));
  return box;
}

/** Nodes are shown as they are, unless they stand elsewhere or are no real ones (`Element.prototype`). */
function isShowable(value: unknown, root: Element): value is Element | Text {
  if (!(value instanceof Element || value instanceof Text)) return false;
  return value instanceof value.constructor && (!value.parentNode || root.contains(value));
}

function inspect(value: unknown, name: string | undefined, expanded: number[][] = []) {
  const node = element("div", "n-value");
  new Inspector(node).fulfilled(value, name);
  for (const path of expanded) {
    let child: Node | undefined = node;
    for (const index of path) child = child?.childNodes[index];
    child?.dispatchEvent(new Event("mouseup"));
  }
  const numbers = numbersOf(value);
  if (numbers) return showNumbers(numbers, node);
  return node;
}

/** Which parts of an inspected value are open, as child indices from its root. */
function expandedPaths(node: Node): number[][] {
  if (!(node instanceof Element) || !node.classList.contains("observablehq")) return [];
  return Array.from(node.querySelectorAll(".observablehq--expanded"), (open) => {
    const path: number[] = [];
    for (let at: Node = open; at !== node; at = at.parentNode!) path.unshift(Array.prototype.indexOf.call(at.parentNode!.childNodes, at));
    return path;
  });
}
