/** The dialog that shows a link to the notebook, and says what is in it. */
import {make} from "./dom.ts";
import {kilobytes} from "./files.ts";
import {openDialog} from "./panels.ts";
import {shareAddress, type SharedAddress} from "./share.ts";

/** Links longer than this are cut by some programs, in letters. */
const longLink = 30_000;

interface Shared extends Pick<SharedAddress, "notebook" | "settings"> {
  /** Files attached to the notebook in this browser: a link does not hold them. */
  attached: {count: number; bytes: number};
}

export async function openShareDialog({notebook, settings, attached}: Shared): Promise<void> {
  const address = await shareAddress({page: location.href, notebook, settings});
  const field = make("input", "h-input");
  field.value = address;
  field.readOnly = true;
  field.setAttribute("aria-label", "Link");
  field.addEventListener("focus", () => field.select());
  const copy = make("button", "h-button h-primary", "Copy the link");
  copy.type = "button";
  copy.addEventListener("click", () => {
    field.select();
    void navigator.clipboard?.writeText(address).then(() => (copy.textContent = "Copied"));
  });
  const holds = "text" in notebook ? `The whole notebook is in the link (${address.length.toLocaleString("en")} letters). Whoever opens it sees the code first; nothing runs before they say so.` : "The link names this notebook.";
  const widgets = Object.keys(settings).length > 0 ? " What the inputs show goes along." : "";
  const long = address.length > longLink ? " Some programs cut links as long as this: send the file instead." : "";
  const files = attached.count === 0 ? "" : ` Attached files are not in the link (${attached.count}, ${kilobytes(attached.bytes)}): send them along, to be attached there under the same names, or export the notebook, which takes them in.`;
  await openDialog("Share by link", [make("p", "", holds + widgets + files + long), make("div", "h-row", field, copy)]);
}
