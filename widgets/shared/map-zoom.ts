/** Moving and zooming a map by pointer, wheel and touch, once to sixty times. */
import {select, zoom, zoomIdentity} from "d3";
import type {D3ZoomEvent} from "d3";

export interface MapZoomOptions {
  /** The present magnification. */
  scale(): number;
  /** Whether a drag draws, and so does not move the map. */
  isDrawing(): boolean;
  moved(transform: {k: number; x: number; y: number}): void;
}

export interface MapZoom {
  by(factor: number): void;
  reset(): void;
}

/** A wheel alone scrolls the page, unless the map has the focus; one finger does, unless the map is magnified. */
export function mapZoom(canvas: HTMLCanvasElement, {scale, isDrawing, moved}: MapZoomOptions): MapZoom {
  const zooming = zoom<HTMLCanvasElement, unknown>()
    .scaleExtent([1, 60])
    .filter((event: WheelEvent | PointerEvent | TouchEvent) => (event.type === "wheel" ? (event as WheelEvent).ctrlKey || (event as WheelEvent).metaKey || document.activeElement === canvas : event.type.startsWith("touch") ? (event as TouchEvent).touches.length > 1 || scale() > 1 : (event as PointerEvent).button === 0 && !isDrawing()))
    .on("zoom", ({transform}: D3ZoomEvent<HTMLCanvasElement, unknown>) => moved(transform));
  const zoomed = select(canvas).call(zooming);
  return {by: (factor) => zooming.scaleBy(zoomed, factor), reset: () => zooming.transform(zoomed, zoomIdentity)};
}
