/** The site's letters inside the frame, which may load nothing by address: the host sends a font's bytes once some text needs it. */
import type {FontFacts} from "./messages.ts";

/**
 * Sources that are never found. WebKit looks for a local font without telling that there is none, but it tells of an empty address, if it is asked for that address
 * for the first time. Only WebKit reads the format "svg": the others skip that source, and so do not warn of a broken font.
 */
const nowhere = (index: number) => `local("a font that nobody has"), url("data:,${performance.timeOrigin}-${index}") format("svg")`;

/**
 * Registers every font without its bytes. Only the browser knows which fonts a text needs: it looks for the source then, does not find it,
 * and that is the sign to ask `bytesOf` for the true one. Text stands in another font until it comes, and stays so where it cannot be had.
 */
export function lendFonts(fonts: readonly FontFacts[], bytesOf: (index: number) => Promise<ArrayBuffer>): void {
  fonts.forEach(({family, ...facts}, index) => {
    const descriptors = {...facts, display: "swap"} as const;
    const wanted = new FontFace(family, nowhere(index), descriptors);
    const bring = async () => {
      document.fonts.add(new FontFace(family, await bytesOf(index), descriptors));
      document.fonts.delete(wanted);
    };
    wanted.loaded.catch(() => bring().catch(() => {}));
    document.fonts.add(wanted);
  });
}
