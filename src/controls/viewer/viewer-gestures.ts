import type { Point } from '../../browser/view-settings.svelte';
import type { ViewerState } from './viewer.svelte';

/** What a drag with one finger or the main button does. */
export type DragTool = 'window' | 'pan';

/** What gestures need to know of the element they act on. */
export interface GestureFrame {
  /** CSS pixels for each pixel of the picture, now. */
  scale: () => number;
  /** From the element's top left corner to a place in the picture, in its pixels. */
  toImage: (at: Point) => Point;
  tool: () => DragTool;
}

/** One notch of a wheel turns by about 100 of its units. */
const WHEEL_RATE = 0.0016;

/** For the element that shows a picture: drag, wheel, pinch, and what lies under the pointer. */
export function gestures(
  viewer: ViewerState,
  frame: GestureFrame,
): (on: HTMLElement) => () => void {
  return (element) => {
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const pointers = new Map<number, Point>();
    const place = (event: MouseEvent): Point => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const fromMiddle = ({ x, y }: Point) => ({
      x: x - element.clientWidth / 2,
      y: y - element.clientHeight / 2,
    });
    const move = (event: PointerEvent) => {
      const at = place(event);
      const last = pointers.get(event.pointerId);
      point(viewer, frame.toImage(at));
      if (!last) return;
      const step = { x: at.x - last.x, y: at.y - last.y };
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      pointers.set(event.pointerId, at);
      if (other) pinch(viewer, frame, { last, at, other: fromMiddle(other), origin: other });
      else if (pans(event, frame)) viewer.settings.pan(step);
      else viewer.dragWindow(step.x, step.y);
    };
    const release = (event: PointerEvent) => void pointers.delete(event.pointerId);
    element.addEventListener(
      'pointerdown',
      (event) => {
        pointers.set(event.pointerId, place(event));
        element.setPointerCapture(event.pointerId);
        if (event.button === 1) event.preventDefault(); // else the browser scrolls by it
      },
      options,
    );
    element.addEventListener('pointermove', move, options);
    element.addEventListener('pointerup', release, options);
    element.addEventListener('pointercancel', release, options);
    element.addEventListener('pointerleave', () => (viewer.pointed = null), options);
    element.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault(); // the page stays where it is
        const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1;
        const factor = Math.exp(-event.deltaY * lines * WHEEL_RATE);
        viewer.settings.zoom(factor, frame.scale(), fromMiddle(place(event)));
      },
      { ...options, passive: false },
    );
    element.addEventListener('dblclick', () => viewer.settings.fit(), options);
    return () => controller.abort();
  };
}

function pans({ shiftKey, buttons }: PointerEvent, frame: GestureFrame) {
  return shiftKey || (buttons & 6) !== 0 || frame.tool() === 'pan';
}

function point(viewer: ViewerState, { x, y }: Point) {
  const { image } = viewer;
  const inside = image && x >= 0 && y >= 0 && x < image.width && y < image.height;
  viewer.pointed = inside ? { column: Math.floor(x), row: Math.floor(y) } : null;
}

/** Two fingers: the distance zooms around the one that rests, half of the movement pans. */
function pinch(
  { settings }: ViewerState,
  frame: GestureFrame,
  { last, at, other, origin }: { last: Point; at: Point; other: Point; origin: Point },
) {
  const before = Math.hypot(last.x - origin.x, last.y - origin.y);
  const after = Math.hypot(at.x - origin.x, at.y - origin.y);
  if (before < 1 || after < 1) return;
  settings.zoom(after / before, frame.scale(), other);
}
