import type { Point } from '../../image/draw-shapes';

/** Closer, a pixel of the picture would fill the surface. */
const MAX_ZOOM = 16;

/** Which part of what is painted is seen: as a whole, or a part of it enlarged. */
export class PaintView {
  /** 1: the whole picture. */
  zoom = $state(1);
  /** Of the surface, CSS pixels. */
  width = $state(1);
  height = $state(1);
  /** Where the picture's top left corner lies on the surface, CSS pixels; never inside it. */
  corner = $state.raw<Point>({ x: 0, y: 0 });

  get isWhole(): boolean {
    return this.zoom <= 1;
  }

  get isLargest(): boolean {
    return this.zoom >= MAX_ZOOM;
  }

  /** Zooms so that what lies at this place of the surface stays there. */
  zoomAt(factor: number, at: Point = { x: this.width / 2, y: this.height / 2 }) {
    const zoom = Math.min(MAX_ZOOM, Math.max(1, this.zoom * factor));
    const grown = zoom / this.zoom;
    this.zoom = zoom;
    this.#put({
      x: at.x + (this.corner.x - at.x) * grown,
      y: at.y + (this.corner.y - at.y) * grown,
    });
  }

  pan({ x, y }: Point) {
    this.#put({ x: this.corner.x + x, y: this.corner.y + y });
  }

  whole() {
    this.zoom = 1;
    this.#put({ x: 0, y: 0 });
  }

  /** Moves so that a place of the picture, in parts of its sides, is seen. */
  reveal({ x, y }: Point) {
    const at = this.#onSurface({ x, y });
    const into = (place: number, size: number) => Math.min(0.9 * size, Math.max(0.1 * size, place));
    this.pan({ x: into(at.x, this.width) - at.x, y: into(at.y, this.height) - at.y });
  }

  /** From the surface to the picture, in parts of its sides. */
  toPicture({ x, y }: Point): Point {
    return {
      x: (x - this.corner.x) / (this.width * this.zoom),
      y: (y - this.corner.y) / (this.height * this.zoom),
    };
  }

  #onSurface({ x, y }: Point): Point {
    return {
      x: this.corner.x + x * this.width * this.zoom,
      y: this.corner.y + y * this.height * this.zoom,
    };
  }

  /** The picture always covers the surface. */
  #put({ x, y }: Point) {
    const within = (place: number, size: number) =>
      Math.min(0, Math.max(size * (1 - this.zoom), place));
    this.corner = { x: within(x, this.width), y: within(y, this.height) };
  }
}
