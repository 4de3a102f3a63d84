/** From labels to sentences: templates such as "a photo of a {}." filled with class names. Encoding them is the model's work. */

/**
 * A dozen everyday templates; the slot is `{}`. Longer lists, such as the 80 of the ImageNet experiments, are read from
 * a file with `readTemplates`.
 */
export const classicTemplates: readonly string[] = [
  "a photo of a {}.",
  "a blurry photo of a {}.",
  "a bright photo of a {}.",
  "a dark photo of a {}.",
  "a close-up photo of a {}.",
  "a photo of one {}.",
  "a photo of many {}.",
  "a drawing of a {}.",
  "a picture of the {}.",
  "a small {}.",
  "a large {}.",
  "there is a {} in the scene."
];

export interface Prompts {
  /** Label by label, within a label template by template: [labels * templates]. */
  prompts: string[];
  labels: string[];
  templates: string[];
}

/** Every label in every template. A label may be an empty class for no one: duplicates and blanks are refused by name. */
export function promptsOf(labels: readonly string[], templates: readonly string[] = ["a photo of a {}."]): Prompts {
  const checked = checkLabels(labels);
  if (templates.length === 0) throw new RangeError("templates: expected at least one, got none");
  for (const [i, template] of templates.entries()) {
    if (!template.includes("{}")) throw new RangeError(`templates: number ${i + 1}, "${template}", has no slot {} for the label`);
  }
  // A function as the replacement: "$&" in a label is two letters, not a command.
  return {prompts: checked.flatMap((label) => templates.map((template) => template.replaceAll("{}", () => label))), labels: checked, templates: [...templates]};
}

/** The labels without outer spaces; throws where there are none, one is blank, or two agree but for case. */
export function checkLabels(labels: readonly string[]): string[] {
  if (labels.length === 0) throw new RangeError("labels: expected at least one class, got an empty set");
  const seen = new Map<string, number>();
  return labels.map((raw, i) => {
    const label = raw.trim();
    if (label === "") throw new RangeError(`labels: number ${i + 1} is blank`);
    const key = label.toLowerCase();
    if (seen.has(key)) throw new RangeError(`labels: "${label}" stands there twice, as number ${seen.get(key)! + 1} and number ${i + 1}`);
    seen.set(key, i);
    return label;
  });
}

/** Templates (or class names) from the text of a file: a JSON list of strings, or one a line; `#` starts a comment line. */
export function readTemplates(text: string, name = "templates"): string[] {
  const trimmed = text.trim();
  if (!trimmed.startsWith("[")) return trimmed.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  let list: unknown;
  try {
    list = JSON.parse(trimmed);
  } catch (error) {
    throw new SyntaxError(`${name}: starts like a JSON list but is none: ${(error as Error).message}`);
  }
  const odd = (list as unknown[]).findIndex((item) => typeof item !== "string");
  if (odd >= 0) throw new TypeError(`${name}: expected a list of strings; entry ${odd + 1} is ${JSON.stringify((list as unknown[])[odd])}`);
  return list as string[];
}
