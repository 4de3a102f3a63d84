/** Lists captions of different pictures that say nearly the same. Finding them is not its business. */
import {copyOf, dataRoot} from "./shared/data-root.ts";
import {html} from "./shared/dom.ts";
import type {Pairs} from "./shared/pairs.ts";
import {thumbnailsOf} from "./shared/pairs.ts";
import {percent} from "./shared/text.ts";

export interface Twin {
  a: {row: number; caption: number};
  b: {row: number; caption: number};
  /** Share of words in common, 0 to 1. */
  overlap: number;
}

/** Each pair of captions between its two pictures. */
export function twinCaptions({pairs, twins, shown = 5}: {pairs: Pairs; twins: Twin[]; shown?: number}): HTMLElement {
  const thumbnails = thumbnailsOf(pairs);
  const list = html("ol", {class: "d-twins"});
  const some = twins.slice(0, shown);
  const draw = () =>
    list.replaceChildren(
      ...some.map(({a, b, overlap}) =>
        html("li", {}, copyOf(thumbnails.get(a.row)), html("q", {}, pairs.captions[a.row][a.caption]), html("div", {}, html("q", {}, pairs.captions[b.row][b.caption]), html("span", {class: "d-soft"}, ` ${percent(overlap)} of the words`)), copyOf(thumbnails.get(b.row)))
      )
    );
  thumbnails.want(some.flatMap(({a, b}) => [a.row, b.row]), draw);
  draw();
  return dataRoot("twin-captions", twins.length === 0 ? html("p", {class: "d-soft"}, "No two pictures have captions that much alike.") : list);
}
