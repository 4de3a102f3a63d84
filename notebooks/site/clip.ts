/** What a cell gets from `import {...} from "diagonal/clip"`: the library, with a backend to compute small batches on in the frame, which needs no file of its own. */
import "@tensorflow/tfjs-backend-cpu";

export * from "./clip-library.ts";
