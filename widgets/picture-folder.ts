/** Where labelled pictures of one's own come in: a folder with a folder a class, or a zip or tar of one. The files go on as they are; nothing is read here. */
import {dataRoot} from "./shared/data-root.ts";
import {takeFiles} from "./shared/drop-zone.ts";
import {emitInput, extend, html} from "./shared/dom.ts";
import {count, shownName} from "./shared/text.ts";

interface Dropped {
  path: string;
  file: File;
}

export interface ChosenPictures {
  /** Of the folder or archive. */
  name: string;
  files: Dropped[];
}

export interface PictureFolderOptions {
  filesOfDrop: (transfer: DataTransfer) => Promise<Dropped[]>;
  filesOfInput: (input: HTMLInputElement) => Dropped[];
}

export type PictureFolder = HTMLElement & {
  /** null until something was chosen. */
  readonly value: ChosenPictures | null;
};

/** The drop zone with its two buttons. */
export function pictureFolder({filesOfDrop, filesOfInput}: PictureFolderOptions): PictureFolder {
  let value: ChosenPictures | null = null;
  const chooser = (folder: boolean) => {
    const input = html("input", {type: "file", webkitdirectory: folder, accept: folder ? undefined : ".zip,.tar,.tgz,.tar.gz", onchange: () => choose(filesOfInput(input))});
    return html("label", {class: "d-button"}, folder ? "Choose a folder" : "Choose a zip or tar", input);
  };
  const said = html("p", {class: "d-note", role: "status"}, "Nothing is chosen.");
  const zone = html("div", {class: "d-zone"}, html("p", {class: "d-title"}, "Drop a folder with a folder of pictures for each class"), html("div", {class: "d-row"}, chooser(true), chooser(false)), said);
  const element = dataRoot("picture-folder", zone);

  function choose(files: Dropped[]) {
    if (files.length === 0) return;
    value = {name: files.length === 1 ? files[0].file.name : files[0].path.split("/")[0], files};
    said.textContent = `${shownName(value.name)}: ${count(files.length, "file")}.`;
    emitInput(element);
  }
  takeFiles(zone, filesOfDrop, choose);

  return extend(element, {
    get value() {
      return value;
    }
  });
}
