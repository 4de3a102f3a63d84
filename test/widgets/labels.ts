/** Whether words on a page stand on each other or are cut: run in the page. Words that are cut on purpose end in an ellipsis and are named in `cutOnPurpose`. */
import type {Frame, Page} from "playwright-core";

/** What is wrong with the labels inside `selector`, in words; empty where nothing is. */
export function labelFaults(page: Page | Frame, selector = "main"): Promise<string[]> {
  return page.evaluate((selector) => {
    type Point = [number, number];
    interface Label { text: string; corners: Point[]; element: Element; svg: boolean }
    const cutOnPurpose = ".d-words, .d-one-line, .d-lines, .d-table, .d-live, pre, code";
    const labels: Label[] = [];

    const visible = (element: Element) => element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
    for (const root of document.querySelectorAll(selector)) {
      // What stands in another that was looked at is looked at with it.
      if (root.parentElement?.closest(selector)) continue;
      for (const text of root.querySelectorAll<SVGTextElement>("svg text")) {
        if (!visible(text) || !text.textContent?.trim() || text.closest("[aria-hidden=true]")) continue;
        const box = text.getBBox();
        const matrix = text.getScreenCTM()!;
        // A line's box is higher than its letters.
        const [top, bottom] = [box.y + 0.22 * box.height, box.y + 0.8 * box.height];
        const corners = ([[box.x, top], [box.x + box.width, top], [box.x + box.width, bottom], [box.x, bottom]] as Point[]).map(([x, y]): Point => [matrix.a * x + matrix.c * y + matrix.e, matrix.b * x + matrix.d * y + matrix.f]);
        labels.push({text: text.textContent, corners, element: text, svg: true});
      }
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement!;
        if (!node.nodeValue?.trim() || parent.closest("svg, math, option, select, textarea") || parent.closest(cutOnPurpose) || !visible(parent)) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const {left, top, right, bottom, height} of range.getClientRects())
          labels.push({text: node.nodeValue, corners: [[left, top + 0.22 * height], [right, top + 0.22 * height], [right, bottom - 0.2 * height], [left, bottom - 0.2 * height]], element: parent, svg: false});
      }
    }

    const axes = ({corners}: Label): Point[] => [[corners[1][0] - corners[0][0], corners[1][1] - corners[0][1]], [corners[3][0] - corners[0][0], corners[3][1] - corners[0][1]]];
    const reach = ({corners}: Label, [x, y]: Point): Point => {
      const along = corners.map((corner) => corner[0] * x + corner[1] * y);
      return [Math.min(...along), Math.max(...along)];
    };
    const overlap = (a: Label, b: Label) =>
      [...axes(a), ...axes(b)].every((axis) => {
        const length = Math.hypot(...axis) || 1;
        const unit: Point = [axis[0] / length, axis[1] / length];
        const [p, q] = [reach(a, unit), reach(b, unit)];
        return p[1] - q[0] > 0.5 && q[1] - p[0] > 0.5;
      });

    const faults: string[] = [];
    // Of thousands of labels, only those are compared whose heights meet.
    const tops = new Map(labels.map((label) => [label, Math.min(...label.corners.map(([, y]) => y))]));
    const bottoms = new Map(labels.map((label) => [label, Math.max(...label.corners.map(([, y]) => y))]));
    labels.sort((a, b) => tops.get(a)! - tops.get(b)!);
    labels.forEach((label, i) => {
      for (let j = i + 1; j < labels.length && tops.get(labels[j])! < bottoms.get(label)!; j++) if (overlap(label, labels[j])) faults.push(`"${label.text.trim()}" stands on "${labels[j].text.trim()}"`);
    });
    // Lines that mark one place of a chart, upright and strong.
    for (const pole of document.querySelectorAll<SVGLineElement>(`${selector} svg :is(.d-cross, .d-own-pole, .d-flag-pole)`)) {
      if (!visible(pole)) continue;
      const {left, right, top, bottom} = pole.getBoundingClientRect();
      const at = (left + right) / 2;
      for (const {text, corners: [a, b, c], element} of labels)
        if (element.closest("svg") === pole.closest("svg") && a[0] < at - 1 && b[0] > at + 1 && a[1] < bottom && c[1] > top) faults.push(`a line goes through "${text.trim()}"`);
    }
    for (const label of labels) {
      const x = label.corners.map((corner) => corner[0]);
      if (Math.min(...x) < -0.5 || Math.max(...x) > innerWidth + 0.5) faults.push(`"${label.text.trim()}" leaves the page sideways`);
      for (let up = label.element.parentElement; up; up = up.parentElement) {
        if (!/hidden|clip/.test(getComputedStyle(up).overflow)) continue;
        const box = up.getBoundingClientRect();
        const y = label.corners.map((corner) => corner[1]);
        if (Math.min(...x) < box.left - 1 || Math.max(...x) > box.right + 1 || Math.min(...y) < box.top - 1 || Math.max(...y) > box.bottom + 1) faults.push(`"${label.text.trim()}" is cut by its surroundings`);
      }
      const size = parseFloat(getComputedStyle(label.element).fontSize);
      if (size < 12) faults.push(`"${label.text.trim()}" is set in ${size} px`);
    }
    if (document.documentElement.scrollWidth > innerWidth) faults.push(`the page is ${document.documentElement.scrollWidth} px wide in a window of ${innerWidth}`);
    return faults;
  }, selector);
}
