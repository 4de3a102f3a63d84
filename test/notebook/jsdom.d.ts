/** The little of jsdom that the tests use. */
declare module "jsdom" {
  export class JSDOM {
    constructor(html?: string, options?: {pretendToBeVisual?: boolean});
    readonly window: {DOMParser: typeof DOMParser; document: Document; AbortController: typeof AbortController};
  }
}
