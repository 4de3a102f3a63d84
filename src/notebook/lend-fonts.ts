/** The site's letters inside the frame, which may load nothing by address: the host sends a font's bytes once some text needs it. */
import type {FontFacts} from "./messages.ts";

/**
 * A font with one sign only, an Arabic operator (U+1EEF0) of STIX Two Math: a browser takes no font without any. It loads it when a text needs
 * a letter of the range that it is given, and no sooner: not so from a `data:` address or a local name.
 */
const nothing = "d09GMgABAAAAAAG8AAsAAAAAAqgAAAFxAAIeuAAAAAAAAAAAAAAAAAAAAAAAAAAABmAAMBEICoEggS0BNgIkAwgLBgAEIAUGByAb7AEYHoVx4/MByrHVXDLWoxTHRBBCtJaZ/QKhMIDCnPrasqrQZFSFrhNlWUUsTFnhDozT0TygRNZnOgkMaQztodwxDnwBms4X2GiQ4acHGnABxSEm1AJJPMk45cCikx7sYH5wwtWS6HK+yQcq0k/MACqJr/jC95ivTUc/QEowMBQCBYEhgPKFxfKqvbyavjN81xVVbSOAyI+ZuE6zAEYkJFSgQ0kdsgEMkCFe3vB9WOSsGSRQgcAc5gEVgJirwI8nk8nK2P1N/KJoZypy35V/8SFfpK4cK2IxRzyOHt+jU8t2hdqJxbKOzmIxFIacCc7Zrmnv6Odn0sDl06Iu3mknBZ0F2gJhWjoxHCgNDXWuqnSxdVD80Dr6Lm8gnp/bpNkbJFqrsTW9ff4aVh2xExn9AgJp6J5tBPSv4z3/iCbwH9zmkzW4203j79iWG9QVqJJA8BsNLvypEXiQUr26yqpcgVQ3AXi2oVIQlgSqUqJlmwYA";

/** The letters that are lent. */
export interface Letters {
  /** Asks for a family before any text needs it; resolves when its fonts are here, or cannot be had. */
  need(family: string): Promise<void>;
  /** Whether a font is on its way. */
  areComing(): boolean;
}

/**
 * Registers every font without its letters. Only the browser knows which fonts a text needs: it loads the empty one then, and that is
 * the sign to ask `bytesOf` for the true one. Text stands in another font until it comes, and stays so where it cannot be had.
 */
export function lendFonts(fonts: readonly FontFacts[], bytesOf: (index: number) => Promise<ArrayBuffer>): Letters {
  let coming = 0;
  const bytes = Uint8Array.from(atob(nothing), (sign) => sign.charCodeAt(0));
  const address = URL.createObjectURL(new Blob([bytes], {type: "font/woff2"}));
  const lent = fonts.map(({family, ...facts}, index) => {
    const descriptors = {...facts, display: "swap"} as const;
    const empty = new FontFace(family, `url("${address}")`, descriptors);
    const bring = async () => {
      coming++;
      try {
        document.fonts.add(await new FontFace(family, await bytesOf(index), descriptors).load());
        document.fonts.delete(empty);
      } finally {
        coming--;
      }
    };
    // A browser that cannot load it has been asked for it all the same.
    const brought = empty.loaded.then(bring, bring).catch(() => {});
    document.fonts.add(empty);
    return {family, empty, brought};
  });
  return {
    async need(family) {
      const asked = lent.filter((font) => font.family === family);
      for (const {empty} of asked) empty.load().catch(() => {});
      await Promise.all(asked.map(({brought}) => brought));
    },
    areComing: () => coming > 0
  };
}
