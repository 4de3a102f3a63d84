/**
 * Modules by name inside the frame, asked from the host as text once and made here: a frame of opaque origin may import nothing by address.
 * This takes the place of an import map, which would need the text of every module before the first cell runs.
 */
import type {ModulePart} from "./messages.ts";

type Module = Record<string, unknown>;

export class Modules {
  private readonly known = new Map<string, Promise<Module>>();
  private readonly addresses = new Map<string, Promise<string>>();

  constructor(
    /** A module's text; rejects for an unknown name. */
    private readonly textOf: (name: string) => Promise<string>,
    private readonly parts: Record<string, ModulePart> = {}
  ) {}

  /**
   * A module, or the part of it that holds all `wanted` names.
   * @throws Error that says which names there are, for an unknown one.
   */
  load(name: string, wanted: readonly string[] = []): Promise<Module> {
    const part = Object.hasOwn(this.parts, name) ? this.parts[name] : undefined;
    const isEnough = part !== undefined && wanted.length > 0 && wanted.every((one) => part.exports.includes(one));
    return once(this.known, isEnough ? part.name : name, async (name) => (await import(await this.addressOf(name))) as Module);
  }

  /** A blob's address; the bundler's chunks that the module names have theirs by then. Each is made once, or what they share would exist twice. */
  private addressOf(name: string): Promise<string> {
    return once(this.addresses, name, async () => {
      const text = await this.textOf(name);
      const chunks = new Set(Array.from(text.matchAll(/(?:from|import)\s*"(\.\/chunk-\w+\.js)"/g), ([, chunk]) => chunk));
      const found = new Map(await Promise.all([...chunks].map(async (chunk) => [chunk, await this.addressOf(chunk)] as const)));
      const bound = text.replace(/((?:from|import)\s*")(\.\/chunk-\w+\.js)"/g, (_, before: string, chunk: string) => `${before}${found.get(chunk)}"`);
      return URL.createObjectURL(new Blob([bound], {type: "text/javascript"}));
    });
  }
}

/** What was made for a name, or is now; a failure is tried again next time. */
function once<T>(known: Map<string, Promise<T>>, name: string, make: (name: string) => Promise<T>): Promise<T> {
  if (!known.has(name)) {
    const making = make(name);
    making.catch(() => known.delete(name));
    known.set(name, making);
  }
  return known.get(name)!;
}
