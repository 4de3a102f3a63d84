/**
 * Files that cells hand to their reader, inside the frame. The sandbox allows no download, so a followed link with `download` and bytes of its own
 * (`blob:` or `data:`) goes to the host, which saves the file (file-saver.ts). Cells and widgets save as on any page.
 */

export interface HandedFile {
  /** As the link says it; the host makes a safe one of it. */
  name: string;
  blob: Blob;
}

/** Calls `hand` with the file of every such link that is followed, by hand or by `click()`. */
export function handFiles(hand: (file: HandedFile) => void): void {
  const take = (link: HTMLAnchorElement) => {
    const {href, download} = link;
    void fetch(href)
      .then((response) => response.blob())
      .then((blob) => hand({name: download, blob}));
  };
  document.addEventListener("click", (event) => {
    const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
    if (!link || !holdsFile(link) || event.defaultPrevented) return;
    event.preventDefault();
    take(link);
  });
  // The usual way to save, a click on a link that stands nowhere, is heard by nobody but the link.
  const {click} = HTMLElement.prototype;
  HTMLAnchorElement.prototype.click = function (this: HTMLAnchorElement) {
    if (!this.isConnected && holdsFile(this)) take(this);
    else click.call(this);
  };
}

const holdsFile = (link: HTMLAnchorElement) => link.hasAttribute("download") && /^(blob|data):/.test(link.href);
