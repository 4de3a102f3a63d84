import {BaseSequencer} from "vitest/node";
import type {TestSpecification} from "vitest/node";

/** Tests that take longest, the longest first. */
const longest = [
  ...["webgpu/kernels", "webgpu/run", "train/flat-memory", "train/coca-run", "webgpu/recorded-step", "train/run-options", "train/shipped"],
  ...["measure-lessons", "firefox", "run", "lessons-of-the-space", "lessons-of-the-loss", "memory", "edit", "first-light", "pairs-notebook", "access", "import", "widgets", "share", "kept-set", "widgets-of-the-loss", "widgets-of-the-space", "real-clip", "real-photos"].map((name) => `browser/${name}`)
];

/** Begins with the files that take longest, also where no earlier run is remembered, so that all workers are busy to the end. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({moduleId}: TestSpecification) => {
      const at = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return at < 0 ? longest.length : at;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
