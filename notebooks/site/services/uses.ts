/**
 * What a notebook from elsewhere must ask its reader for, in the words of the question. An address is shown whole, as the browser reads it, and a yes is for that
 * address in that use alone.
 */
import {visible} from "../../../src/notebook/dom.ts";
import {hubNameOf} from "../../../src/train/pretrained/sources.ts";

/** One thing that is asked for. */
export interface Need {
  title: string;
  text: string;
  /** Addresses, names or code, shown whole, a line each. */
  quote?: string;
  yes: string;
  /** What the worker may fetch after a yes: these addresses, and for those that end in a slash what lies below them. */
  addresses?: string[];
  /** Asked for each time: a yes is for one call. */
  everyTime?: boolean;
}

type Arguments = Record<string, unknown>;
/** What an argument needs; undefined where it needs nothing. `site` is the address of the site. */
type Asking = (value: never, args: Arguments, site: string) => Need | undefined;

const ownCheckpoint = /^checkpoints\/[\w-][\w.-]*$/;
const postcards = /^postcards(:chalk)?$/;
const keptPrefix = "kept:";

const absolute = (address: string, site: string) => new URL(address, site).href;
const folder = (address: string) => address.replace(/\/*$/, "/");
/** What lies beside a file: its folder. Of a folder, the folder. */
const around = (address: string, isFile: boolean) => (isFile ? address.replace(/[^/]*$/, "") : folder(address));

const kept = (what: string, doing: string, title: string, yes: string, everyTime = false): Asking => (value: string) => ({title, text: `It asks to ${doing} the ${what}:`, quote: visible(value), yes, everyTime});
const seen = (what: string): Asking => () => ({title: `Let this notebook see which ${what} you have?`, text: `It asks for the names and sizes of all ${what} that are kept in this browser.`, yes: "Show it the list"});
const reads = (title: string, text: string, yes: string, addresses: string[]): Need => ({title, text, quote: addresses.map(visible).join("\n"), yes, addresses});

export const uses = {
  set: (source: string, {labelled}: {labelled?: {files?: unknown}}, site: string) => {
    // Dropped files are the reader's own doing; postcards are drawn here.
    if (postcards.test(source) || labelled?.files !== undefined) return undefined;
    const isFile = /\.(tar|zip|tgz|tar\.gz)$/i.test(new URL(source, site).pathname);
    const href = absolute(source, site);
    const need = reads("Let this notebook read a data set?", "It asks for the set at this address, and what lies below it:", "Let it read this set", [isFile ? href : folder(href)]);
    if (labelled || /[/\\]/.test(source)) return need;
    return {...need, text: "It asks for the set that is kept in this browser under this name; or where there is none, for the one at this address:", quote: `${visible(source)}\n${need.quote}`};
  },
  tower: (address: string, _: Arguments, site: string) =>
    reads("Let this notebook load a model?", "It asks for the image tower at this address, and the files beside it:", "Load it", [around(absolute(address, site), address.endsWith(".json"))]),
  embeddings: ({address, index = address.replace(/[^/]*$/, "index.csv")}: {address: string; index?: string}, _: Arguments, site: string) =>
    reads("Let this notebook read embeddings?", "It asks for a file of numbers, and the table that names its rows. What they hold can be shown to the notebook:", "Let it read these files", [absolute(address, site), absolute(index, site)]),
  checkpoint: (from: unknown, _: Arguments, site: string) => {
    if (typeof from !== "string" || ownCheckpoint.test(from)) return undefined;
    if (from.startsWith(keptPrefix)) return {title: "Let this notebook open a run of yours?", text: "It asks for the run that is kept in this browser under this name:", quote: visible(from.slice(keptPrefix.length)), yes: "Let it open this run"};
    return reads("Let this notebook load a checkpoint?", "It asks for the file at this address:", "Load it", [absolute(from, site)]);
  },
  code: (functions: Record<string, {source: string} | undefined>) => {
    const written = Object.entries(functions).flatMap(([name, written]) => (written ? [`${name}:\n${written.source}`] : []));
    if (written.length === 0) return undefined;
    return {
      title: "Let this notebook train with code of its own?",
      text: "This code would run in the training worker, outside the sandbox: with the site's own rights, it could read what the site keeps in this browser, and send it anywhere.",
      quote: visible(written.join("\n\n")),
      yes: "Train with this code"
    };
  },
  keepRun: kept("name", "keep a run in this browser under", "Let this notebook keep a run?", "Let it keep this run", true),
  seeRuns: seen("runs"),
  deleteRun: kept("run", "delete", "Let this notebook delete a run of yours?", "Delete this run", true),
  fetchModel: (named: string, {files, hub = "https://huggingface.co"}: {files?: unknown; hub?: string}, site: string) => {
    if (files !== undefined) return {title: "Let this notebook keep a model?", text: "It asks to keep the files that it was given in this browser, under this name:", quote: visible(named), yes: "Let it keep this model"};
    const onHub = hubNameOf(named);
    const server = folder(absolute(hub, site));
    const repository = onHub?.split("@")[0];
    const addresses = repository ? [`${server}${repository}/`, `${server}api/models/${repository}/`] : [around(absolute(named, site), new URL(named, site).pathname.endsWith(".safetensors"))];
    const need = reads("Let this notebook fetch a model?", "It asks to fetch a model, up to some gigabytes, and to keep it in this browser. Hugging Face may hand large files on to servers of its own. It comes from:", "Fetch it", addresses);
    return {...need, quote: `${visible(named)}\n${need.quote}`};
  },
  seeModels: seen("models"),
  deleteModel: kept("model", "delete", "Let this notebook delete a model of yours?", "Delete this model", true),
  openModel: kept("model", "use", "Let this notebook use a model of yours?", "Let it use this model"),
  keepSet: kept("name", "keep a set of pairs in this browser under", "Let this notebook keep a set of pairs?", "Let it keep this set", true),
  fetchSet: (server: string | undefined, {dataset = "lmms-lab/flickr30k"}: {dataset?: string}, site: string) => {
    const href = folder(absolute(server ?? "https://datasets-server.huggingface.co", site));
    const need = reads("Let this notebook fetch a data set?", "It asks to fetch this set from this server:", "Fetch it", [`${new URL(href).origin}/`]);
    return {...need, quote: `${visible(dataset)}\n${visible(href)}`};
  },
  seeSets: seen("sets of pairs"),
  openSet: kept("set", "see the images of", "Let this notebook read a data set?", "Let it read this set"),
  deleteSet: kept("set", "delete", "Let this notebook delete a set of yours?", "Delete this set", true),
  camera: () => ({title: "Let this notebook take a photo?", text: "It asks for one photo of your camera, now.", yes: "Take a photo", everyTime: true})
} satisfies Record<string, Asking>;

export type Use = keyof typeof uses;

/** What a call needs its reader to allow, one thing after the other. */
export function needsOf(asks: Record<string, Use> = {}, args: Arguments, site: string): Need[] {
  return Object.entries(asks).flatMap(([argument, use]) => {
    // A call that leaves out where it fetches from fetches all the same.
    if (argument !== "" && args[argument] === undefined && use !== "fetchSet") return [];
    return (uses[use] as Asking)(args[argument] as never, args, site) ?? [];
  });
}
