/** The nearest images and captions to one point, by cosine: what a map cannot show, beside it. */
import {html} from "./dom.ts";
import type {Near} from "./nearest.ts";
import type {Thumbnails} from "./pairs.ts";
import {fixed} from "./text.ts";

export interface NearestListData {
  /** Whose neighbours these are, in words. */
  of: string;
  images: Near[];
  captions: Near[];
  /** Row in the set of pairs, or -1, and words, of each embedded row. */
  index: (row: number) => number;
  words: (row: number) => string;
}

/** An element to be fed with `show`; `choose` is told the embedded row that was clicked. */
export function nearestList(thumbnails: Thumbnails, choose: (row: number) => void): {element: HTMLElement; show(data: NearestListData | null): void} {
  const element = html("div", {class: "d-nearest", hidden: true});
  const show = (data: NearestListData | null) => {
    element.hidden = data === null;
    if (!data) return;
    const wanted = data.images.map(({row}) => data.index(row)).filter((row) => row >= 0 && !thumbnails.get(row));
    if (wanted.length > 0) thumbnails.want(wanted, () => show(data));
    element.replaceChildren(
      html("p", {class: "d-note"}, "Nearest by cosine to ", html("em", {}, data.of), ":"),
      html("ol", {class: "d-nearest-images", "aria-label": "nearest images"}, ...data.images.map((near) => html("li", {}, entry(near, picture(data, near.row))))),
      html("ol", {"aria-label": "nearest captions"}, ...data.captions.map((near) => html("li", {}, entry(near, html("span", {}, data.words(near.row))))))
    );
  };
  const entry = ({row, cosine}: Near, what: Node) => html("button", {type: "button", class: "d-plain", onclick: () => choose(row)}, what, html("span", {class: "d-number"}, fixed(cosine)));
  const picture = ({index, words}: NearestListData, row: number): Node => {
    const known = index(row) >= 0 ? thumbnails.get(index(row)) : null;
    if (!known) return html("span", {}, words(row));
    const copy = html("canvas", {class: "d-thumb", width: known.width, height: known.height, role: "img", "aria-label": words(row)});
    copy.getContext("2d")!.drawImage(known, 0, 0);
    return copy;
  };
  return {element, show};
}
