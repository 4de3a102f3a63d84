/** Names that every cell has without importing them. Everything is bundled; what is large is loaded when first named. */
import {dark, input, Mutable, now, observe, queue, width} from "./generators.ts";

export interface BuiltinsOptions {
  /** Loads a module by name. */
  load(name: string): Promise<Record<string, unknown>>;
  /** The column whose width is `width`. */
  column: Element;
  /** Bytes of a file that belongs to the notebook. */
  attachment(name: string): Promise<Blob>;
}

const Promises = {
  /** `value` after `durationMs`. */
  delay: <T>(durationMs: number, value?: T) => new Promise<T | undefined>((resolve) => setTimeout(() => resolve(value), durationMs)),
  /** `value` at the next whole multiple of `durationMs`. */
  tick: <T>(durationMs: number, value?: T) => Promises.when(Math.ceil((Date.now() + 1) / durationMs) * durationMs, value),
  /** `value` at a time. */
  when: <T>(time: number | Date, value?: T) => Promises.delay(Math.max(0, Number(time) - Date.now()), value)
};

/** Libraries of the Observable family that are not bundled: named so that the message can say so. */
const absent = ["_", "aq", "Arrow", "dot", "duckdb", "DuckDBClient", "echarts", "L", "mapboxgl", "mermaid", "Plot", "React", "ReactDOM", "topojson", "vl", "DatabaseClient", "Interpreter"];

/** The builtins, as functions that the runtime calls when a cell first names them. */
export function createBuiltins({load, column, attachment}: BuiltinsOptions): Record<string, () => unknown> {
  const Generators = {observe, queue, input, now, width, dark};
  return {
    width: () => width(column),
    now,
    dark,
    Generators: () => Generators,
    Mutable: () => Mutable,
    Promises: () => Promises,
    d3: () => load("d3"),
    htl: () => load("htl"),
    html: async () => (await load("htl")).html,
    svg: async () => (await load("htl")).svg,
    Inputs: () => load("@observablehq/inputs"),
    md: async () => (await load("md")).md,
    tex: async () => (await load("tex")).tex,
    FileAttachment: () => (name: string) => new Attachment(name, () => attachment(name)),
    ...Object.fromEntries(
      absent.map((name) => [
        name,
        () => {
          throw new ReferenceError(`${name} is not part of this notebook: nothing is loaded from elsewhere. d3, Inputs, html, svg, md and tex are.`);
        }
      ])
    )
  };
}

/** A file that belongs to the notebook. */
class Attachment {
  constructor(
    readonly name: string,
    readonly blob: () => Promise<Blob>
  ) {}
  async text() {
    return (await this.blob()).text();
  }
  async json() {
    return JSON.parse(await this.text()) as unknown;
  }
  async arrayBuffer() {
    return (await this.blob()).arrayBuffer();
  }
  async url() {
    return URL.createObjectURL(await this.blob());
  }
  async image(properties: Partial<HTMLImageElement> = {}) {
    const image = Object.assign(new Image(), {alt: this.name}, properties, {src: await this.url()});
    await image.decode();
    return image;
  }
}
