/** The module that the host hands to the sandboxed frame as text. */
export {start} from "../../src/notebook/frame.ts";
