/** Ranking as the retrieval protocol does it, against what is allowed: time for Flickr30k's test gallery, memory for one the size of COCO's. */
import {recall} from "../../evaluate/retrieval.ts";
import {seededRandom} from "../../tensor/random.ts";
import {median} from "./rows.ts";
import type {Row} from "./rows.ts";

const captionsOfImage = 5;
const turns = 3;

/**
 * Processor seconds of 1,000 images by 5,000 captions (at most 1), and of 5,000 by 25,000 with the most memory that this process has had by then
 * (at most 1 GiB), the embeddings counted. To be measured before anything else in a process: its peak is never forgotten.
 */
export function measureRetrieval(): Row[] {
  const small = [64, 512].map((width): Row => {
    const gallery = randomGallery(1000, width);
    const seconds = median(Array.from({length: turns}, () => secondsToRank(gallery)));
    return {what: `rank 1000 x 5000, width ${width}`, backend: "wasm", unit: "s CPU", ours: seconds, peer: "allowed", theirs: 1, ratio: seconds};
  });
  const seconds = secondsToRank(randomGallery(5000, 512));
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  const large = {what: "rank 5000 x 25000, width 512", backend: "wasm"};
  return [...small, {...large, unit: "s CPU", ours: seconds, peer: "none", theirs: NaN, ratio: NaN}, {...large, unit: "MiB at most", ours: peakMiB, peer: "allowed", theirs: 1024, ratio: peakMiB / 1024}];
}

type RandomGallery = ReturnType<typeof randomGallery>;

function randomGallery(images: number, width: number) {
  const random = seededRandom(1);
  const cloud = (rows: number) => Float32Array.from({length: rows * width}, () => random.normal());
  const imageOfCaption = Int32Array.from({length: images * captionsOfImage}, (_, c) => Math.floor(c / captionsOfImage));
  return {imageEmbeddings: cloud(images), captionEmbeddings: cloud(images * captionsOfImage), width, imageOfCaption};
}

function secondsToRank(gallery: RandomGallery): number {
  const before = process.cpuUsage();
  recall(gallery);
  const {user, system} = process.cpuUsage(before);
  return (user + system) / 1e6;
}
