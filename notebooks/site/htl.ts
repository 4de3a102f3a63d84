/** A module for cells: see the table in host.ts. */
export * from "htl";
