/** The module that cells import as "diagonal/widgets": the widgets, with the loss microscope over our own source. */
import {lossSteps} from "../../src/clip/loss-steps.ts";
// @ts-expect-error -- the file's text, which the bundler puts here, not what it exports
import source from "../../src/clip/loss-steps.ts" with {type: "text"};
import type {LossMicroscope, LossMicroscopeOptions} from "../../widgets/loss-microscope.ts";
import {lossMicroscope as microscope} from "../../widgets/loss-microscope.ts";

export * from "../../widgets/index.ts";
export {lossSteps};

/** The text of the file that `lossSteps` is in: what runs is what is shown. */
export const lossSource: string = source;

/** The loss microscope on our own lines of source. */
export function lossMicroscope(options: Partial<LossMicroscopeOptions> = {}): LossMicroscope {
  return microscope({steps: lossSteps, source: lossSource, ...options});
}
