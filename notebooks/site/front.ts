/** The front page: the notebooks in order, each with a picture and one line. */
import {make} from "../../src/notebook/dom.ts";
import {followRebuilds} from "./live-reload.ts";

interface Entry {
  file: string;
  title: string;
  line: string;
  picture: string | null;
}

async function main() {
  const front = document.querySelector("#front")!;
  const entries = (await (await fetch("notebooks/index.json")).json()) as Entry[];
  const list = make("ol", "h-list");
  for (const {file, title, line, picture} of entries) {
    const link = make("a", "h-entry");
    link.href = `notebook.html?open=notebooks/${encodeURIComponent(file)}`;
    const image = make("div", "h-picture");
    if (picture) image.append(Object.assign(make("img"), {src: picture, alt: "", loading: "lazy"}));
    link.append(image, make("h2", "", title), make("p", "", line));
    list.append(make("li", "", link));
  }
  front.append(list);
  followRebuilds();
}

void main();
