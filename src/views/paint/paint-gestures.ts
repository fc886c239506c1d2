import type { Point } from '../../image/draw-shapes';
import type { PaintView } from './paint-view.svelte';
import type { PaintingState } from './painting.svelte';

/** One notch of a wheel turns by about 100 of its units. */
const WHEEL_RATE = 0.0016;
/** Two clicks so close in time and place are a double click. */
const DOUBLE_CLICK_MS = 350;
const DOUBLE_CLICK_PX = 12;

/** What the pointers that are down are doing; `rest`: two fingers have become one. */
type Mode = 'paint' | 'pan' | 'pinch' | 'rest';

/**
 * For the surface that is painted on: one finger, pen or the main button paints; two fingers zoom and move; so do the wheel,
 * and the middle button or Shift and a drag. A second finger takes back what the first had begun.
 */
export function paintGestures(
  painting: PaintingState,
  view: PaintView,
): (on: HTMLElement) => () => void {
  return (element) => {
    const controller = new AbortController();
    const { signal } = controller;
    const pointers = new Map<number, Point>();
    let mode: Mode = 'rest';
    let lastCorner = { time: -Infinity, at: { x: 0, y: 0 } };

    const place = (event: MouseEvent): Point => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const inPicture = (at: Point): Point => {
      const { x, y } = view.toPicture(at);
      return { x: x * painting.raster.width, y: y * painting.raster.height };
    };

    const down = (event: PointerEvent) => {
      if (event.button > 1) return;
      if (event.button === 1) event.preventDefault(); // else the browser scrolls by it
      const at = place(event);
      pointers.set(event.pointerId, at);
      element.setPointerCapture(event.pointerId);
      if (pointers.size > 1) {
        if (mode === 'paint') painting.dropStroke();
        mode = pointers.size === 2 ? 'pinch' : 'rest';
      } else if (event.button === 1 || event.shiftKey) mode = 'pan';
      else {
        mode = 'paint';
        painting.cursor = null;
        // A corner is set when the finger goes up again, for a second one may come.
        if (painting.tool !== 'polygon') painting.down(inPicture(at));
      }
    };

    const move = (event: PointerEvent) => {
      const last = pointers.get(event.pointerId);
      if (!last) return;
      const at = place(event);
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      pointers.set(event.pointerId, at);
      if (mode === 'paint') painting.move(inPicture(at));
      else if (mode === 'pan') view.pan({ x: at.x - last.x, y: at.y - last.y });
      else if (mode === 'pinch' && other) pinch(view, last, at, other);
    };

    const up = (event: PointerEvent) => {
      if (!pointers.delete(event.pointerId)) return;
      if (mode === 'paint') {
        if (painting.tool === 'polygon') corner(event);
        else painting.up();
      }
      if (pointers.size === 0 || mode !== 'pan') mode = 'rest';
    };

    const corner = (event: PointerEvent) => {
      const at = place(event);
      const soon = event.timeStamp - lastCorner.time < DOUBLE_CLICK_MS;
      const near = Math.hypot(at.x - lastCorner.at.x, at.y - lastCorner.at.y) < DOUBLE_CLICK_PX;
      lastCorner = { time: event.timeStamp, at };
      if (soon && near) painting.close();
      else painting.down(inPicture(at));
    };

    const wheel = (event: WheelEvent) => {
      event.preventDefault(); // the dialog stays where it is
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1;
      view.zoomAt(Math.exp(-event.deltaY * lines * WHEEL_RATE), place(event));
    };

    element.addEventListener('pointerdown', down, { signal });
    element.addEventListener('pointermove', move, { signal });
    element.addEventListener('pointerup', up, { signal });
    element.addEventListener('pointercancel', up, { signal });
    element.addEventListener('wheel', wheel, { signal, passive: false });
    return () => controller.abort();
  };
}

/** One of two fingers has moved: their distance zooms, their middle moves. */
function pinch(view: PaintView, last: Point, at: Point, other: Point) {
  const middle = (one: Point) => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
  const [before, after] = [last, at].map((one) => Math.hypot(one.x - other.x, one.y - other.y));
  view.pan({ x: (at.x - last.x) / 2, y: (at.y - last.y) / 2 });
  if (before > 1 && after > 1) view.zoomAt(after / before, middle(at));
}
