/** A module for cells: see the table in host.ts. */
export {md} from "../../src/notebook/markdown.ts";
