/** A list of what was wrong that a hostile file cannot fill: so many are told one by one, the rest is counted in a line. */
import {limits} from "../limits.ts";
import type {Problem} from "./pairs.ts";

export class Problems {
  private readonly told: Problem[] = [];
  private more = 0;

  add(problem: Problem): void {
    if (this.told.length < limits.problems.most) this.told.push(problem);
    else this.more++;
  }

  /** All of them, in their order; `where` is said of those that were only counted. */
  list(where: string): Problem[] {
    return this.more === 0 ? this.told : [...this.told, {where, what: limits.problems.says(this.more.toLocaleString("en")), kept: false}];
  }
}
