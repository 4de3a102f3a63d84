/** The loss microscope's "try your own": captions to edit, swap and duplicate, and a picture of one's own in place of another. */
import {decodePicture, takesDrops} from "./dropped-picture.ts";
import type {DroppedPicture} from "./dropped-picture.ts";
import {html} from "./dom.ts";

export interface OwnPairsOptions {
  captions: string[];
  /** Told the captions after each change. */
  write: (captions: string[]) => Promise<void>;
  /** Told which image, from 0, becomes which picture; absent where pictures cannot be taken. */
  place?: (image: number, picture: DroppedPicture | null) => Promise<void>;
  /** Side that a picture is cut to. */
  dropPx?: number;
}

export function ownPairs({captions, write, place, dropPx}: OwnPairsOptions): HTMLElement {
  const inputs = captions.map((caption, k) => html("input", {type: "text", value: caption, "aria-label": `Caption ${k + 1}`, class: "d-text"}));
  const problem = html("p", {class: "d-note", role: "status"});
  const tell = async (work: () => Promise<void>) => {
    problem.textContent = "";
    try {
      await work();
    } catch (error) {
      problem.textContent = error instanceof Error ? error.message : String(error);
    }
  };
  const apply = () => tell(() => write(inputs.map((input) => input.value)));
  for (const input of inputs) input.addEventListener("change", (event) => (event.stopPropagation(), void apply()));
  const button = (label: string, change: () => void) => html("button", {type: "button", class: "d-button", onclick: () => (change(), void apply())}, label);
  return html(
    "div",
    {class: "d-own-captions"},
    ...inputs,
    html(
      "div",
      {class: "d-row"},
      button("Swap the first two", () => ([inputs[0].value, inputs[1].value] = [inputs[1].value, inputs[0].value])),
      button("Give the first two one caption", () => (inputs[1].value = inputs[0].value)),
      button("Put all back", () => {
        inputs.forEach((input, k) => (input.value = captions[k]));
        if (place) for (const k of inputs.keys()) void place(k, null);
      })
    ),
    place && dropPx ? pictureTaker(inputs.length, dropPx, (image, picture) => tell(() => place(image, picture))) : null,
    problem
  );

  function pictureTaker(count: number, sizePx: number, give: (image: number, picture: DroppedPicture) => Promise<void>): HTMLElement {
    const which = html("select", {"aria-label": "which image to replace"}, ...Array.from({length: count}, (_, k) => html("option", {value: k}, `image ${k + 1}`)));
    const file = html("input", {type: "file", accept: "image/*", "aria-label": "a picture of your own"});
    const take = async (blob: Blob | undefined) => {
      if (!blob) return;
      const picture = await decodePicture(blob, sizePx).catch(() => null);
      if (picture) await give(Number(which.value), picture);
      else problem.textContent = `${blob instanceof File ? blob.name : "That file"} could not be read as a picture.`;
    };
    for (const inner of [which, file]) inner.addEventListener("input", (event) => event.stopPropagation());
    file.addEventListener("change", () => void take(file.files?.[0]));
    const element = html("div", {class: "d-row d-drop"}, html("label", {}, "Put a picture of your own in place of ", which), file);
    takesDrops(element, (dropped) => void take(dropped));
    return element;
  }
}
