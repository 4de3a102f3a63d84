/** What stands above a notebook from elsewhere until the reader lets it run. */
import {considered} from "./considered.ts";
import {make} from "./dom.ts";

/** Puts a banner before an element that says where the notebook came from; `onRun` is called once, and the banner is gone by then. */
export function showConsent(before: Element, from: string, onRun: () => void): void {
  const run = make("button", "h-button h-primary", "Run it");
  run.type = "button";
  const says = make("p", "", make("strong", "", `This notebook came from ${from}.`), " Its code has not run. If you run it, it runs apart from this site: it reaches none of your notebooks, and asks before it uses your data sets.");
  const banner = make("section", "h-consent", says, run);
  banner.setAttribute("aria-label", "A notebook from elsewhere");
  run.addEventListener("click", () => {
    banner.remove();
    onRun();
  });
  before.before(banner);
  considered(banner);
}
