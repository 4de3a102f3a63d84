/** The site's letters inside the frame, which may load nothing by address: the host sends a font's bytes once some text needs it. */
import type {FontFacts} from "./messages.ts";

/** A font without a single letter. A browser loads it when a text needs a letter that it is said to have, and no sooner. */
const nothing = "data:font/woff2;base64,d09GMgABAAAAAAEAAAoAAAAAAkAAAAC6AAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAABmAALAoBKgE2AiQDBAsEAAQgBWAHIBuzAUAvBuyG+iYs66IURcBB/hunsBzEESqd59PJ3r9r0sxMTSAQGIXFOMniq2b6tgmiuJfT4TjiEAuiIKp5+irr9cCDIaT8Z5154/iG87cJdhoXGRC2UQcaJzkasAGHj/McUFPqrIwMhR/KvjcbDwD8fFNoXFpwGV4oBRubAAIKAAADAEF4tEMW+oZ/lhLQCoRSs6DsCiQLQYCCvyIxWyjT1DIOcTofKt5KKFdCXc8czzBtzZX2LelCAw==";

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
  const lent = fonts.map(({family, ...facts}, index) => {
    const descriptors = {...facts, display: "swap"} as const;
    const empty = new FontFace(family, `url("${nothing}")`, descriptors);
    const bring = async () => {
      coming++;
      try {
        document.fonts.add(await new FontFace(family, await bytesOf(index), descriptors).load());
        document.fonts.delete(empty);
      } finally {
        coming--;
      }
    };
    const brought = empty.loaded.then(bring).catch(() => {});
    document.fonts.add(empty);
    return {family, empty, brought};
  });
  return {
    async need(family) {
      const asked = lent.filter((font) => font.family === family);
      for (const {empty} of asked) void empty.load();
      await Promise.all(asked.map(({brought}) => brought));
    },
    areComing: () => coming > 0
  };
}
