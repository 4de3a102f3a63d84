/** A slider whose steps multiply: for a temperature, a learning rate. The value in words stands beside it. */
import {emitInput, extend, html, set} from "./dom.ts";

export interface LogSliderOptions {
  label: string;
  value: number;
  /** Both above 0. */
  min: number;
  max: number;
  /** The value in words. */
  words?: (value: number) => string;
}

export type LogSlider = HTMLElement & {value: number; readonly input: HTMLInputElement};

const positions = 1000;

/** A range input on a log scale. `.value` is the number itself; setting it repaints and tells no one. */
export function logSlider({label, value, min, max, words = String}: LogSliderOptions): LogSlider {
  if (!(min > 0 && max > min)) throw new RangeError(`logSlider: expected 0 < min < max; got min ${min}, max ${max}`);
  const input = html("input", {type: "range", min: 0, max: positions, step: 1, "aria-label": label});
  const output = html("output");
  const element = html("label", {class: "d-slider"}, html("span", {}, label), input, output);

  const clamp = (v: number) => Math.min(max, Math.max(min, v));
  const toPosition = (v: number) => (positions * Math.log(v / min)) / Math.log(max / min);
  const fromPosition = (p: number) => Number((min * (max / min) ** (p / positions)).toPrecision(3));
  let current = clamp(value);
  const show = () => {
    const position = toPosition(current);
    input.value = String(Math.round(position));
    input.style.setProperty("--at", `${(100 * position) / positions}%`);
    output.textContent = words(current);
    set(input, {"aria-valuetext": words(current)});
  };
  show();
  input.addEventListener("input", (event) => {
    event.stopPropagation();
    current = clamp(fromPosition(input.valueAsNumber));
    show();
    emitInput(element);
  });
  return extend(element, {
    input,
    get value() {
      return current;
    },
    set value(next: number) {
      if (!Number.isFinite(next)) throw new RangeError(`${label}: expected a finite number; got ${next}`);
      current = clamp(next);
      show();
    }
  });
}
