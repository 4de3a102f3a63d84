/** The site's letters inside the frame, which may load nothing by address: the host sends a font's bytes once some text needs it. */
import type {FontFacts} from "./messages.ts";

/**
 * A font with one letter only, the Cyrillic А, that none of ours is said to have: a part of Source Code Pro, for a browser takes no font without letters.
 * A browser loads it when a text needs a letter of the range that it is given, and no sooner: not so from a `data:` address or a local name.
 */
const nothing = "d09GMgABAAAAAAGUAAsAAAAAAqAAAAFMAAEGqAAAAAAAAAAAAAAAAAAAAAAAAAAABmAANBEIClRqATYCJAMICwgABCAFRgcgG+0BoK4GbGM42qmISFeGsevyN+u46HwvPeXHLh7qx2hv9/9TSSYhuSXzdDCduRQohUomZddQSDp0rktcgKx1zVE6GkZ+UzQ96Ab4/iJPQc/fWApegROfEgI24DSygVYbjBfd7/84ee6wAaeB664rbzjTzoOH7OnRZEmg5k1MGsiHCbCfsrjlhka2lZZSS2YlAcDW7vaxF6ny5f9vQJ2K930AH0F8zzGmIFHQrwj0q8ZQVUHt/s/Lvw8gCPEfDhTQiEQvBtCIdkD+10na7rXVrcWTqj2e2q6DMfZ23EbdNcoPfhJSGg93I5/USKFGwRiMkYs5CUTj45d33Wq7vF/g8hM+5k8DfBU+h1BTvmiUILiuvBm5AXW+yBuBMWMCxQFqTREAICVCryJqizCLc1tnBzMLsh1bcwuyEwdbsj03Jwe9zMbK2gkG/v/ANAI=";

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
