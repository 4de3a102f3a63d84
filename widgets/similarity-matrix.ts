/** The images x captions matrix, live: when CLIP learns, its diagonal lights up. */
import {emitInput, extend, hide, html, liveRegion, root, segments, set, svg} from "./shared/dom.ts";
import {coloursAt} from "./shared/colour.ts";
import {tools} from "./shared/files.ts";
import type {LiveOptions} from "./shared/live.ts";
import {follow, scheduled, typeSize, watchLook} from "./shared/live.ts";
import type {MatrixData, MatrixFrame, MatrixReading, MatrixView} from "./shared/matrix-data.ts";
import {cellsOf, matrixLines, readCell, viewLines} from "./shared/matrix-data.ts";
import type {MatrixLayout} from "./shared/matrix-layout.ts";
import {domainOf, matrixLayout} from "./shared/matrix-layout.ts";
import {drawCells, drawMarks, drawThumbs, paintedLines} from "./shared/matrix-picture.ts";
import {showReading} from "./shared/matrix-reading.ts";
import type {Pairs} from "./shared/pairs.ts";
import {thumbnailsOf} from "./shared/pairs.ts";
import type {Selection} from "./shared/selection.ts";
import {chosen, pinAll, pinnedOf, sharedSelection} from "./shared/selection.ts";
import {inSlices, whole} from "./shared/slices.ts";
import type {Work} from "./shared/slices.ts";
import {fixed, number} from "./shared/text.ts";

export interface SimilarityMatrixOptions extends LiveOptions<MatrixFrame> {
  pairs?: Pairs;
  /** Re-reads the matrix at this temperature: a number, or a control such as `temperatureSlider`. The frame's own where absent. */
  temperature?: number | (EventTarget & {value: number});
  view?: MatrixView;
  title?: string;
  /** Whether the panel of the image pointed at is shown. */
  panel?: boolean;
  selection?: Selection;
}

export type SimilarityMatrix = HTMLElement & {
  /** The cell pointed at, else the one pinned, else null. */
  readonly value: MatrixReading | null;
  /** What is drawn: cosines and coloured values, [rows, columns]. */
  readonly matrix: {rows: number; columns: number; cosines: Float32Array; values: Float32Array; view: MatrixView; temperature: number} | null;
  /** What a link carries: the view, and the pairs that are pinned. */
  linkState: {view?: MatrixView; pinned?: readonly string[]} | undefined;
  update(frame: MatrixFrame): void;
};

type Place = {i: number; j: number};

/** Cells up to which a frame is read at once, in a few milliseconds; more are read in slices, while the page stays free. */
const mostAtOnce = 160_000;
/** Cells up to which the table lists all; of more, the diagonal. */
const mostInTable = 300_000;

/** The matrix. Made once and fed; arrows walk the cells, Enter pins, Escape lets go. Image `i` and caption `i` belong together. */
export function similarityMatrix(options: SimilarityMatrixOptions = {}): SimilarityMatrix {
  const {pairs, temperature, title = "Which caption belongs to which image?", panel: withPanel = true, selection = sharedSelection, invalidation} = options;
  const thumbnails = thumbnailsOf(pairs);
  let data: MatrixData | null = null;
  // The newest frame that was compared: drawn, or still being read. What is read again is this one.
  let begun: MatrixData | null = null;
  let values: Float32Array = new Float32Array(0);
  let probabilities: Float32Array = new Float32Array(0);
  // What depends on the numbers alone, and not on where the pointer is.
  let domain: [number, number] = [0, 1];
  let cells: ImageData | null = null;
  let headline = "";
  let layout: MatrixLayout | null = null;
  let pointed: Place | null = null;
  let pinned: Place | null = null;
  let failure = "";
  // Count what was begun: older work in slices ends where newer has come. A frame that is being compared is ended by a newer frame alone, and read at the temperature of then.
  let turn = 0;
  let arrival = 0;

  const view = segments("What the cells tell", {captions: "image picks a caption", images: "caption picks an image", cosine: "cosine"}, options.view ?? "captions");
  const cellsCanvas = html("canvas", {class: "d-cells", "aria-hidden": true});
  const thumbsCanvas = html("canvas", {"aria-hidden": true});
  const picture = svg("svg", {tabindex: 0, role: "application", "aria-roledescription": "similarity matrix"});
  const stage = html("div", {class: "d-stage d-matrix-stage"}, cellsCanvas, thumbsCanvas, picture);
  const panel = html("div", {class: "d-reading", hidden: !withPanel});
  const summary = html("p", {class: "d-title"}, title);
  const words = html("p", {class: "d-waiting"}, "The matrix appears with the first step: images down, captions across, each true pair on the diagonal.");
  const body = html("div", {class: "d-layout"}, stage, panel);
  const live = liveRegion();
  const element = root("matrix", summary, view, words, body, tools("similarity-matrix", () => tableOf(data, view.value, values), stage), live.element);

  const tau = (of: MatrixData | null = data) => (typeof temperature === "number" ? temperature : temperature?.value) ?? (of?.scale ? 1 / of.scale : 0.07);
  /** Everything that the picture needs of a frame, line by line. */
  function* reading(next: MatrixData): Work<() => void> {
    const {values: coloured, probabilities: shares, extent, firsts} = yield* viewLines(next, view.value, 1 / tau(next));
    const range = domainOf(view.value, view.value === "cosine" ? extent : null);
    const painted = next.n > 0 && next.m > 0 ? yield* paintedLines(coloured, next.n, next.m, range) : null;
    return () => {
      [data, values, probabilities, domain, cells] = [next, coloured, shares, range, painted];
      const {first, of} = firsts;
      headline = extent === null ? "The similarities are not numbers: training has diverged." : view.value === "images" ? `${number(first)} of ${number(of)} captions put their own image first` : `${number(first)} of ${number(of)} images put their own caption first`;
      draw();
    };
  }
  const compute = (next: MatrixData | null = begun) => {
    if (!next) return;
    begun = next;
    const mine = ++turn;
    if (next.n * next.m <= mostAtOnce) return whole(reading(next))();
    words.textContent = `Reading ${number(next.n)} × ${number(next.m)} cells …`;
    words.hidden = false;
    void inSlices(reading(next), () => mine === turn).then((show) => show?.());
  };
  const draw = scheduled(() => {
    const width = element.clientWidth;
    const empty = !data || data.n === 0 || data.m === 0;
    hide(words, !empty && !failure);
    if (failure) words.textContent = failure;
    else if (data && empty) words.textContent = "There is no pair to show.";
    hide(body, empty);
    if (width > 0 && data && !empty) render(data, width);
  }, element);

  const render = (data: MatrixData, width: number) => {
    const em = typeSize(element);
    const wide = withPanel && width >= 50 * em;
    const side = wide ? Math.min(27 * em, width * 0.34) : 0;
    const roomy = width >= 38 * em;
    layout = matrixLayout(data, wide ? width - side - 2.5 * em : roomy ? width - 6 * em : width, em, {thumbs: Boolean(pairs?.thumbnails), words: roomy});
    body.style.gridTemplateColumns = wide ? `${layout.width}px minmax(0, ${side}px)` : "minmax(0, 1fr)";
    body.style.columnGap = `${2.5 * em}px`;
    panel.style.marginTop = wide ? `${layout.top}px` : "0";
    stage.style.height = `${layout.height}px`;
    stage.style.width = `${layout.width}px`;
    thumbnails.want(data.indices, draw);
    drawCells(cellsCanvas, {layout, data, cells: cells!});
    drawThumbs(thumbsCanvas, {layout, data, thumbnails, colours: coloursAt(element)});
    const marked = [...selection.pinned, ...(selection.pointed && !pointed ? [selection.pointed] : [])].map((id) => data.ids.indexOf(id)).filter((k) => k >= 0);
    drawMarks(picture, {layout, data, view: view.value, values, domain, pointed, pinned, marked});
    summary.textContent = headline;
    const at = current() ?? {i: Math.max(0, marked[0] ?? 0), j: Math.max(0, marked[0] ?? 0)};
    if (withPanel) showReading(panel, {data, view: view.value, probabilities, i: Math.min(at.i, data.n - 1), j: Math.min(at.j, data.m - 1), thumbnails});
    set(picture, {"aria-label": `${summary.textContent}. ${data.n} images by ${data.m} captions. Arrow keys walk the cells, Enter pins, Escape lets go.`});
  };

  const current = () => pointed ?? pinned;
  const read = () => {
    const at = current();
    return data && at && at.i < data.n && at.j < data.m ? readCell(data, view.value, probabilities, at.i, at.j) : null;
  };
  const point = (place: Place | null, say = false) => {
    if (place?.i === pointed?.i && place?.j === pointed?.j) return;
    pointed = place;
    selection.point(place && data ? data.ids[view.value === "images" ? place.j : place.i] : null);
    draw();
    const reading = read();
    if (say && reading) live.say(`image ${reading.image}, caption ${reading.caption}, cosine ${fixed(reading.cosine)}, rank ${reading.rank} of ${reading.of}`);
    emitInput(element);
  };
  const pin = (place: Place | null) => {
    const same = place && pinned && place.i === pinned.i && place.j === pinned.j;
    pinned = same ? null : place;
    draw();
    emitInput(element);
  };
  const placeOf = (event: PointerEvent | MouseEvent): Place | null => {
    if (!data || !layout) return null;
    const box = picture.getBoundingClientRect();
    const j = Math.floor((event.clientX - box.left - layout.left) / layout.cell);
    const i = Math.floor((event.clientY - box.top - layout.top) / layout.cell);
    if (i < 0 || i >= data.n || j >= data.m) return null;
    // Over the thumbnails the row is meant, with its own caption.
    return j >= 0 ? {i, j} : {i, j: Math.min(i, data.m - 1)};
  };
  stage.addEventListener("pointermove", (event) => point(placeOf(event)));
  stage.addEventListener("pointerleave", () => point(null));
  stage.addEventListener("click", (event) => pin(placeOf(event)));
  picture.addEventListener("keydown", (event) => {
    if (!data) return;
    const from = current() ?? {i: 0, j: 0};
    const to = walk(from, event.key, data);
    if (to) point(current() ? to : from, true);
    else if (event.key === "Enter") pin(from);
    else if (event.key === "Escape") {
      pinned = null;
      point(null);
      draw();
    } else return;
    event.preventDefault();
  });
  picture.addEventListener("blur", () => point(null));
  view.addEventListener("input", () => compute());
  if (typeof temperature === "object") {
    const reread = () => compute();
    temperature.addEventListener("input", reread);
    void invalidation?.then(() => temperature.removeEventListener("input", reread));
  }
  selection.subscribe(draw, invalidation);
  watchLook(element, draw, invalidation);

  const update = (frame: MatrixFrame) => {
    const mine = ++arrival;
    failure = "";
    turn++;
    if (cellsOf(frame) <= mostAtOnce) return compute(whole(matrixLines(frame, pairs)));
    words.textContent = "Comparing every image with every caption …";
    words.hidden = false;
    void inSlices(matrixLines(frame, pairs), () => mine === arrival).then((next) => next && compute(next));
  };
  follow(options, update, (error) => {
    failure = `No further frames: ${error instanceof Error ? error.message : String(error)}`;
    draw();
  });
  return extend(element, {
    get value() {
      return read();
    },
    get matrix() {
      return data && {rows: data.n, columns: data.m, cosines: data.cosines, values, view: view.value, temperature: tau()};
    },
    get linkState() {
      return chosen({view: view.value === (options.view ?? "captions") ? undefined : view.value, pinned: pinnedOf(selection)});
    },
    set linkState(state: {view?: MatrixView; pinned?: readonly string[]} | undefined) {
      if (state?.view) view.value = state.view;
      pinAll(selection, state?.pinned);
      compute();
    },
    update
  });
}

function walk({i, j}: Place, key: string, {n, m}: MatrixData): Place | null {
  const to = {ArrowUp: {i: i - 1, j}, ArrowDown: {i: i + 1, j}, ArrowLeft: {i, j: j - 1}, ArrowRight: {i, j: j + 1}, Home: {i, j: 0}, End: {i, j: m - 1}, PageUp: {i: 0, j}, PageDown: {i: n - 1, j}}[key];
  return to ? {i: Math.max(0, Math.min(n - 1, to.i)), j: Math.max(0, Math.min(m - 1, to.j))} : null;
}

function tableOf(data: MatrixData | null, view: MatrixView, values: Float32Array) {
  const columns = ["image", "caption", "id", "words", "cosine", ...(view === "cosine" ? [] : ["probability"])];
  if (!data) return {columns, rows: []};
  const isLarge = data.n * data.m > mostInTable;
  const rows = Array.from({length: isLarge ? Math.min(data.n, data.m) : data.n * data.m}, (_, place) => {
    const k = isLarge ? place * data.m + place : place;
    const i = Math.floor(k / data.m);
    const j = k % data.m;
    return [i + 1, j + 1, data.ids[i], data.captions[j], data.cosines[k], ...(view === "cosine" ? [] : [values[k]])];
  });
  return {columns, rows};
}
