/** The site's letters inside the frame, which may load nothing by address: the host sends a font's bytes once some text needs it. */
import type {FontFacts} from "./messages.ts";

/** A source that is never found. */
const nowhere = 'local("a font that nobody has")';

/**
 * Registers every font without its bytes. Only the browser knows which fonts a text needs: it looks for the source then, does not find it,
 * and that is the sign to ask `bytesOf` for the true one. Text stands in another font until it comes, and stays so where it cannot be had.
 */
export function lendFonts(fonts: readonly FontFacts[], bytesOf: (index: number) => Promise<ArrayBuffer>): void {
  fonts.forEach(({family, ...facts}, index) => {
    const descriptors = {...facts, display: "swap"} as const;
    const wanted = new FontFace(family, nowhere, descriptors);
    const bring = async () => {
      document.fonts.add(new FontFace(family, await bytesOf(index), descriptors));
      document.fonts.delete(wanted);
    };
    wanted.loaded.catch(() => bring().catch(() => {}));
    document.fonts.add(wanted);
  });
}
