/** One photo from the reader's camera, taken by the host: the cells' frame has no camera, and never sees the stream. */
import {resizeAndCrop} from "../../src/data/preprocess.ts";

/** uint8 RGB, [sizePx, sizePx, 3], as CLIP cuts pictures. Rejects with a sentence where there is no camera or the reader says no. The camera is off again when it resolves. */
export async function takePhoto({sizePx}: {sizePx: number}): Promise<Uint8Array> {
  if (!(Number.isInteger(sizePx) && sizePx >= 1 && sizePx <= 1024)) throw new RangeError(`sizePx is a whole number from 1 to 1024; it was given ${sizePx}`);
  if (!navigator.mediaDevices) throw new Error("There is no camera to be had: browsers give one only to pages that come over https, or from this machine.");
  const stream = await navigator.mediaDevices.getUserMedia({video: {width: 640, height: 480}}).catch((error: Error) => {
    throw new Error(error.name === "NotAllowedError" ? "The camera was not allowed." : `There is no camera to be had (${error.message}).`);
  });
  try {
    const video = Object.assign(document.createElement("video"), {srcObject: stream, muted: true});
    await video.play();
    const {videoWidth: width, videoHeight: height} = video;
    const context = new OffscreenCanvas(width, height).getContext("2d", {willReadFrequently: true})!;
    context.drawImage(video, 0, 0);
    const {data} = context.getImageData(0, 0, width, height);
    return resizeAndCrop({rgb: Uint8Array.from({length: width * height * 3}, (_, i) => data[Math.floor(i / 3) * 4 + (i % 3)]), width, height}, sizePx);
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}
