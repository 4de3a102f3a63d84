/** Loads what the frame is made of, and the modules that cells may import: the host does, because the frame may load nothing by address. */
import type {FrameAssets} from "./link.ts";
import type {FontData} from "./messages.ts";

/** A font file of the site. */
export interface FontFile extends Omit<FontData, "bytes"> {
  address: string;
}

export interface AssetsOptions {
  /** Address of the frame's module and of its style. */
  code: string;
  css: string;
  fonts: readonly FontFile[];
  /** Names in imports -> addresses of modules. */
  modules: Record<string, string>;
  attachment?(name: string): Promise<Blob>;
}

async function fetchOk(address: string) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} could not be loaded: ${response.status} ${response.statusText}`);
  return response;
}

/** Loads code, style and fonts at once; modules when first asked for. Rejects naming the address that failed. */
export async function loadAssets({code, css, fonts, modules, attachment}: AssetsOptions): Promise<FrameAssets> {
  const text = async (address: string) => (await fetchOk(address)).text();
  const fontData = ({address, ...font}: FontFile) =>
    fetchOk(address)
      .then(async (response) => ({...font, bytes: await response.arrayBuffer()}))
      // A page without its own letters is still a page.
      .catch(() => undefined);
  const [codeText, cssText, ...loaded] = await Promise.all([text(code), text(css), ...fonts.map(fontData)]);
  const texts = new Map<string, Promise<string>>();
  return {
    code: codeText,
    css: cssText,
    fonts: loaded.filter((font): font is FontData => font !== undefined),
    async module(name) {
      const plain = name.replace(/^npm:/, "").replace(/(?<=.)@[\d^~][^/]*/, "");
      if (!Object.hasOwn(modules, plain)) {
        const known = Object.keys(modules).filter((known) => !["md", "tex"].includes(known));
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
