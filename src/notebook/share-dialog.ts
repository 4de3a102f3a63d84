/** The dialog that shows a link to the notebook, and says what is in it. */
import {make} from "./dom.ts";
import {openDialog} from "./panels.ts";
import {shareAddress, type SharedAddress} from "./share.ts";

/** Links longer than this are cut by some programs, in letters. */
const longLink = 30_000;

export async function openShareDialog({notebook, settings}: Pick<SharedAddress, "notebook" | "settings">): Promise<void> {
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
  await openDialog("Share by link", [make("p", "", holds + widgets + long), make("div", "h-row", field, copy)]);
}
