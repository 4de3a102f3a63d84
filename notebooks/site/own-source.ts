/** Whether what was read from an address is a part of this site: then it may run unasked, with what the site can do. Whatever is strange about an address makes it foreign. */

/** Folders that are put beside a site: they hold what somebody downloaded or was given. */
const lent = /^(data|mounts?)$/;

/**
 * Whether an address lies in the site's own folder, and in none that is put beside it. `base` is the address of one of the site's pages. The path is read as the
 * server reads it (src/cli/folders.ts): decoded once, a backslash being a slash; what would still be different after another decoding is not the site's.
 */
export function isOwnAddress(address: URL, base: URL): boolean {
  const folder = new URL(".", base).pathname;
  if (address.origin !== base.origin || !/^https?:$/.test(address.protocol) || !address.pathname.startsWith(folder)) return false;
  let path: string;
  try {
    path = decodeURIComponent(address.pathname.slice(folder.length));
  } catch {
    return false;
  }
  const parts = path.split("/");
  // A file system may take letters for the same that an address keeps apart.
  return !/[\\%\p{Cc}]/u.test(path) && !parts.some((part) => /^\.{0,2}$/.test(part)) && !lent.test(parts[0].normalize("NFKC").toLowerCase());
}

/**
 * The same for an answer: the address that was asked for and the one that answered after redirects are the site's, and so says the server, where it is
 * the one of `npm start` (`isServedLocally`). Other file servers serve nothing but the site, and say nothing.
 */
export function isOwnAnswer(asked: URL, {url, headers}: Pick<Response, "url" | "headers">, {base, isServedLocally}: {base: URL; isServedLocally: boolean}): boolean {
  const serves = headers.get("Diagonal-Serves");
  const serverAgrees = serves === null ? !isServedLocally : serves === "site";
  return serverAgrees && isOwnAddress(asked, base) && isOwnAddress(new URL(url), base);
}
