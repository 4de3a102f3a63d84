/** The module that cells import as "diagonal/widgets". */
export * from "../../widgets/index.ts";
