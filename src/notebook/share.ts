/** A notebook inside a link: compressed in the fragment, which no server sees. */

import {exactText} from "./file.ts";
import {checkNotebookLength, checkSetting, checkSettingsCount} from "./limits.ts";

/** Text as `deflate-raw`, in the letters that links allow. */
export async function pack(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/**
 * What `pack` packed.
 * @throws Error saying so where the text is damaged or too long.
 */
export async function unpack(packed: string): Promise<string> {
  try {
    const bytes = Uint8Array.from(atob(packed.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    const parts: BlobPart[] = [];
    let size = 0;
    for (let {done, value} = await reader.read(); !done; {done, value} = await reader.read()) {
      // A link of few letters may unpack to more than the memory holds: it is read no further than a notebook goes.
      checkNotebookLength((size += value!.length));
      parts.push(value as BlobPart);
    }
    return exactText(await new Blob(parts).arrayBuffer());
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new Error("The notebook in this link cannot be read: the link is damaged or was cut off.");
  }
}

export interface SharedAddress {
  /** The site's notebook page. */
  page: string;
  /** A notebook of the site, unchanged; or else its text. */
  notebook: {address: string} | {text: string};
  /** What the reader's widgets show, by name. */
  settings: Record<string, unknown>;
}

/** The link: `page?open=...#set.count=3`, or `page#nb=...&set.count=3`. */
export async function shareAddress({page, notebook, settings}: SharedAddress): Promise<string> {
  const url = new URL(page);
  url.search = url.hash = "";
  const hash = new URLSearchParams();
  if ("address" in notebook) url.searchParams.set("open", notebook.address);
  else hash.set("nb", await pack(notebook.text));
  for (const [name, value] of Object.entries(settings)) hash.set(`set.${name}`, typeof value === "string" && !isJson(value) ? value : JSON.stringify(value));
  url.hash = hash.toString();
  return url.href;
}

function isJson(text: string) {
  return fromJson(text) !== undefined;
}

/** What a text says as JSON; undefined where it is none. */
function fromJson(text: string): {value: unknown} | undefined {
  try {
    return {value: JSON.parse(text) as unknown};
  } catch {
    return undefined;
  }
}

/**
 * `set.seed=2&set.pairs=data/flickr30k` -> `{seed: 2, pairs: "data/flickr30k"}`: JSON where it parses, else text.
 * @throws RangeError naming a setting that is nested too deeply, or saying that there are too many.
 */
export function readSettings(...queries: URLSearchParams[]): Record<string, unknown> {
  const prefix = "set.";
  const given = queries.flatMap((query) => [...query]).filter(([key]) => key.startsWith(prefix));
  checkSettingsCount(given.length);
  return Object.fromEntries(
    given.map(([key, text]) => {
      const name = key.slice(prefix.length);
      const {value} = fromJson(text) ?? {value: text};
      checkSetting(name, value);
      return [name, value];
    })
  );
}
