/** The temperature as a thermometer-like slider on a log scale, written both ways: τ = 0.07 (× 14.3). */
import type {Snapshot} from "../src/train/protocol.ts";
import {extend, html, root} from "./shared/dom.ts";
import {follow} from "./shared/live.ts";
import {logSlider} from "./shared/log-slider.ts";
import {number} from "./shared/text.ts";

export interface TemperatureSliderOptions {
  value?: number;
  min?: number;
  max?: number;
  label?: string;
  /** Marks the temperature that the run has learned so far. */
  frames?: AsyncIterable<Pick<Snapshot, "logitScaleLog">>;
  invalidation?: Promise<unknown>;
}

export type TemperatureSlider = HTMLElement & {value: number; update(frame: Pick<Snapshot, "logitScaleLog">): void};

/** "τ = 0.07 (× 14.3)": the temperature, and what it multiplies cosines by. */
export function temperatureWords(tau: number): string {
  return `τ = ${number(tau)} (× ${number(1 / tau)})`;
}

/** A slider for the temperature. `.value` is τ; logits are cosines divided by it. Colder is sharper. */
export function temperatureSlider({value = 0.07, min = 0.005, max = 10, label = "temperature", frames, invalidation}: TemperatureSliderOptions = {}): TemperatureSlider {
  const slider = logSlider({label, value, min, max, words: temperatureWords});
  const mark = html("span", {class: "d-learned", hidden: true});
  const ends = html("div", {class: "d-ends d-soft"}, html("span", {}, "colder: sharper"), html("span", {}, "warmer: flatter"));
  slider.classList.add("d-thermometer");
  slider.append(ends, mark);
  const element = root("temperature", slider);

  const update = ({logitScaleLog}: Pick<Snapshot, "logitScaleLog">) => {
    const tau = Math.min(max, Math.max(min, Math.exp(-logitScaleLog)));
    mark.hidden = !Number.isFinite(tau);
    mark.style.setProperty("--at", String(Math.log(tau / min) / Math.log(max / min)));
    mark.textContent = `learned ${number(Math.exp(-logitScaleLog))}`;
  };
  follow({frames, invalidation}, update, () => {});

  return extend(element, {
    get value() {
      return slider.value;
    },
    set value(tau: number) {
      slider.value = tau;
    },
    update
  });
}
