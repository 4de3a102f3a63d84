/**
 * What a widget shows beside its value (a stop, a projection, what is pinned), as a link carries it: under the number of the cell that shows it.
 * A widget that wants to be carried has a property `linkState`: plain data, undefined while nothing was chosen; setting it shows that again.
 */
export interface CarriedByLink extends Element {
  linkState: unknown;
}

/** A setting's name for a cell: no name of a value has a dash. */
export const linkName = (id: number): string => `cell-${id}`;

export function isCarried(value: unknown): value is CarriedByLink {
  return value instanceof Element && "linkState" in value;
}

/** Shows what the link carried for this cell, if it carried anything. */
export function takeLinkState(element: CarriedByLink, id: number, settings: Record<string, unknown>): void {
  if (Object.hasOwn(settings, linkName(id))) element.linkState = settings[linkName(id)];
}
