/** Where files can be dropped: on the zone itself, or anywhere on a notebook's page, which hands them to the zone that says so. */

/** Calls `given` with the files of every drop on `zone`, those of dropped folders too. */
export function takeFiles<File>(zone: HTMLElement, filesOfDrop: (transfer: DataTransfer) => Promise<File[]>, given: (files: File[]) => unknown): void {
  const over = (event: Event, inside: boolean) => {
    event.preventDefault();
    zone.classList.toggle("d-over", inside);
  };
  zone.dataset.takesFiles = "";
  zone.addEventListener("dragover", (event) => over(event, true));
  zone.addEventListener("dragleave", (event) => over(event, false));
  zone.addEventListener("drop", (event) => {
    over(event, false);
    void filesOfDrop(event.dataTransfer!).then(given);
  });
}
