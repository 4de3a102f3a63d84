/**
 * What cells show, made inert: HTML from the frame, which is foreign, for a document that leaves the page. It keeps text, pictures, drawings, controls and
 * formulas. Whatever runs, loads another document, sends the reader elsewhere by itself, or changes what addresses mean is left out.
 */
import DOMPurify from "dompurify";

/** HTML without scripts, handlers, `meta`, `base`, `link`, frames, `javascript:` addresses and the like. */
export function inertHtml(html: string): string {
  return DOMPurify.sanitize(html, {
    // MathML's copy of the formula's source, and drawings that stand several times.
    ADD_TAGS: ["semantics", "annotation"],
    ADD_ATTR: ["target"],
    // A form shows what was filled in, and goes nowhere; an animation could change an address later.
    FORBID_TAGS: ["animate", "animatemotion", "animatetransform", "set", "template", "dialog", "audio", "video", "source", "track"],
    FORBID_ATTR: ["action", "formaction", "method", "ping", "autofocus", "srcset", "background", "attributionsrc"]
  });
}
