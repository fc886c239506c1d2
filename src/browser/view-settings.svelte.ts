import type { Window } from '../image/decoded-image';

/** CSS pixels for each pixel of a picture: no smaller, no larger. */
const MIN_SCALE = 1 / 16;
const MAX_SCALE = 64;

/** A place or a distance on the screen, CSS pixels. */
export interface Point {
  x: number;
  y: number;
}

/** How something is looked at; two pictures side by side may share one. */
export class ViewSettings {
  /** null: as the picture suggests. */
  window = $state.raw<Window | null>(null);
  invert = $state(false);
  /** CSS pixels for each pixel; null: as large as the box. */
  scale = $state<number | null>(null);
  /** By how much the picture's middle lies off the middle of the box, CSS pixels. */
  offset = $state.raw<Point>({ x: 0, y: 0 });
  /** Of the mask over the picture, 0…1. */
  opacity = $state(0.5);

  /** Back to the whole picture. */
  fit() {
    this.scale = null;
    this.offset = { x: 0, y: 0 };
  }

  /** Zooms so that what lies at this place, seen from the middle of the box, stays there. `now` is the scale on the screen. */
  zoom(factor: number, now: number, at: Point = { x: 0, y: 0 }) {
    const scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, now * factor));
    const grown = scale / now;
    const { x, y } = this.offset;
    this.offset = { x: at.x + (x - at.x) * grown, y: at.y + (y - at.y) * grown };
    this.scale = scale;
  }

  pan({ x, y }: Point) {
    this.offset = { x: this.offset.x + x, y: this.offset.y + y };
  }

  /** Back to how the picture comes. */
  reset() {
    this.fit();
    this.window = null;
    this.invert = false;
  }
}
