/** Loads what the frame is made of, and the modules that cells may import: the host does, because the frame may load nothing by address. */
import type {FrameAssets} from "./link.ts";
import type {FontFacts, ModulePart} from "./messages.ts";

/** A font file of the site. */
export interface FontFile extends FontFacts {
  address: string;
}

export interface AssetsOptions {
  /** Address of the frame's module and of its style. */
  code: string;
  css: string;
  fonts: readonly FontFile[];
  /** Names in imports -> addresses of modules. */
  modules: Record<string, string>;
  /** See FrameEnvironment. */
  parts?: Record<string, ModulePart>;
  attachment?(name: string): Promise<Blob>;
}

/** How the bundler calls what several modules share. */
const chunkName = /^\.\/chunk-\w+\.js$/;

async function fetchOk(address: string) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} could not be loaded: ${response.status} ${response.statusText}`);
  return response;
}

/** Loads code and style at once; modules and fonts when first asked for. Rejects naming the address that failed. */
export async function loadAssets({code, css, fonts, modules, parts, attachment}: AssetsOptions): Promise<FrameAssets> {
  const text = async (address: string) => (await fetchOk(address)).text();
  const [codeText, cssText] = await Promise.all([text(code), text(css)]);
  const texts = new Map<string, Promise<string>>();
  return {
    code: codeText,
    css: cssText,
    parts,
    fonts: fonts.map(({family, weight, style, unicodeRange}) => ({family, weight, style, unicodeRange})),
    async font(index) {
      if (!fonts[index]) throw new RangeError(`there is no font number ${index}`);
      return (await fetchOk(fonts[index].address)).arrayBuffer();
    },
    async module(name) {
      // A part of one of the modules, which it names as its neighbour.
      if (chunkName.test(name)) return (await fetchOk(new URL(name, new URL(code, document.baseURI)).href)).text();
      const plain = name.replace(/^npm:/, "").replace(/(?<=.)@[\d^~][^/]*/, "");
      if (!Object.hasOwn(modules, plain)) {
        const inner = ["md", "tex", "mathml", ...Object.values(parts ?? {}).map(({name}) => name)];
        const known = Object.keys(modules).filter((known) => !inner.includes(known));
        throw new Error(`There is no "${name}" to import. A cell can import ${known.map((known) => `"${known}"`).join(", ")}; nothing is loaded from elsewhere.`);
      }
      if (!texts.has(plain)) {
        const loading = text(modules[plain]);
        loading.catch(() => texts.delete(plain));
        texts.set(plain, loading);
      }
      return texts.get(plain)!;
    },
    async attachment(name) {
      if (!attachment) throw new Error(`This notebook has no file called "${name}".`);
      return attachment(name);
    }
  };
}
