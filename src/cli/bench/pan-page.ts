/** The page that `pan.ts` measures: a joint map of 7,500 images and 7,500 captions, plain or coloured by rank. */
import {seededRandom} from "../../tensor/random.ts";
import {jointMap} from "../../../widgets/joint-map.ts";

const pairs = 7500;

/** Puts the map into the page, over what was there. */
function show(colourBy: string | null): void {
  const random = seededRandom("a map to move");
  const places = () => ({x: Float32Array.from({length: pairs}, () => random.normal()), y: Float32Array.from({length: pairs}, () => random.normal())});
  const map = jointMap({durationMs: 0, colourBy});
  map.style.width = "1100px";
  document.body.replaceChildren(map);
  const ids = Array.from({length: pairs}, (_, i) => `pair ${i}`);
  map.update({ids, images: places(), captions: places(), ranks: Array.from({length: pairs}, () => 1 + random.integer(50))});
}

(window as unknown as {show: typeof show}).show = show;
