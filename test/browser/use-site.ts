/** What a file of browser tests begins with. */
import {mkdtemp, rm} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {afterAll, beforeAll} from "vitest";
import {openSite, type Site} from "./chromium.ts";

/** A site, and a folder for files of one's own: there from a file's first test to its last. */
export function useSite(): {site: Site; folder: string} {
  const place = {} as {site: Site; folder: string};
  beforeAll(async () => {
    place.site = await openSite();
    place.folder = await mkdtemp(join(tmpdir(), "diagonal-"));
  });
  afterAll(async () => {
    await place.site?.close();
    if (place.folder) await rm(place.folder, {recursive: true, force: true});
  });
  return place;
}
