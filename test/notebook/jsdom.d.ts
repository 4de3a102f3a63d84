/** The little of jsdom that the tests use. */
declare module "jsdom" {
  export class JSDOM {
    readonly window: {DOMParser: typeof DOMParser; document: Document};
  }
}
