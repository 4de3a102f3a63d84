/** Captions as read from a file, before anyone looked for the images. */
import {limits, past} from "../../limits.ts";
import type {Problem, Split} from "../pairs.ts";
import {Problems} from "../problems.ts";

/** The captions of one image, in the file's order. */
export interface Captioned {
  /** As the file names it, perhaps with folders. */
  image: string;
  captions: string[];
  split?: Split;
  /** Line of the first caption, from 1, where the file has lines. */
  line?: number;
}

export interface CaptionTable {
  /** What the file was taken for, in words. */
  form: string;
  /** In the order in which the file first names each image. */
  images: Captioned[];
  problems: Problem[];
}

/** Longer than any caption was meant to be. It is kept, and said. */
export const longCaption = 2000;

/** Gathers captions row by row and keeps the books. */
export class TableBuilder {
  private readonly rows = new Map<string, Captioned>();
  private readonly problems = new Problems();

  constructor(
    private readonly form: string,
    private readonly where: string
  ) {}

  add(image: string, caption: string, {line, split}: {line?: number; split?: Split} = {}) {
    const name = image.trim();
    let text = caption.trim();
    if (name === "") return this.problem("the row names no image; it was left out", {line, kept: false});
    const nameTooLong = past(limits.pathCharacters, name.length);
    if (nameTooLong) return this.problem(`the row of ${name.slice(0, 60)}… ${nameTooLong}; it was left out`, {line, kept: false});
    if (text === "") return this.problem(`the caption of ${name} is empty; it was left out`, {line, kept: false});
    const tooLong = past(limits.captionCharacters, text.length);
    if (tooLong) {
      this.problem(`the caption of ${name} ${tooLong}`, {line, kept: true});
      text = text.slice(0, limits.captionCharacters.most);
    } else if (text.length > longCaption) this.problem(`the caption of ${name} has ${text.length.toLocaleString("en")} characters; it was kept, models read its beginning`, {line, kept: true});
    let row = this.rows.get(name);
    if (!row) this.rows.set(name, (row = {image: name, captions: [], line}));
    row.captions.push(text);
    if (split) row.split = split;
  }

  problem(what: string, {line, kept}: {line?: number; kept: boolean}) {
    this.problems.add({where: this.where, line, what, kept});
  }

  build(): CaptionTable {
    return {form: this.form, images: [...this.rows.values()], problems: this.problems.list(this.where)};
  }
}

/** Karpathy's "restval" belongs to training, as everyone uses it. */
export function splitNamed(text: unknown): Split | undefined {
  const name = typeof text === "string" ? text.trim().toLowerCase() : "";
  if (name === "train" || name === "restval") return "train";
  if (name === "val" || name === "valid" || name === "validation" || name === "dev") return "val";
  return name === "test" ? "test" : undefined;
}
