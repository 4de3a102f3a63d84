/** Observable's inputs, for cells: with the names for screen readers that some of their parts lack. */
import * as inputs from "@observablehq/inputs";

export * from "@observablehq/inputs";

type Make = (...args: unknown[]) => HTMLElement;

/** Names every field that has no label: after the form's label, or after the table's row. */
function name(form: HTMLElement): HTMLElement {
  const label = form.querySelector("label")?.textContent?.trim() || "Value";
  for (const field of form.querySelectorAll<HTMLInputElement>("input, select, textarea")) {
    if (field.labels?.length || field.hasAttribute("aria-label")) continue;
    const cell = field.closest("td, th");
    if (!cell) field.setAttribute("aria-label", label);
    else if (cell.closest("thead")) {
      field.setAttribute("aria-label", "Select all rows");
      cell.setAttribute("role", "cell");
    } else field.setAttribute("aria-label", `Select row ${Number((cell.parentElement as HTMLTableRowElement).sectionRowIndex) + 1}`);
  }
  return form;
}

const named =
  (make: Make): Make =>
  (...args) =>
    name(make(...args));

export const range = named(inputs.range as Make);
export const search = named(inputs.search as Make);
export const color = named(inputs.color as Make);

export function table(...args: unknown[]): HTMLElement {
  const form = name((inputs.table as Make)(...args));
  // Rows come as one scrolls.
  const body = form.querySelector("tbody");
  if (body) new MutationObserver(() => name(form)).observe(body, {childList: true});
  form.tabIndex = 0;
  form.setAttribute("aria-label", "Table");
  return form;
}
