import {
  ellipsePixels,
  polygonPixels,
  strokePixels,
  type Point,
  type Raster,
} from '../../image/draw-shapes';
import { countInstances } from '../../image/mask';

/** What is painted: the part to paint anew, instances of a mask, or the image itself. */
export type PaintingKind = 'region' | 'mask' | 'sketch';

export type Tool = 'brush' | 'eraser' | 'ellipse' | 'polygon';

/** How many strokes can be taken back. */
const MAX_UNDO = 30;
const MAX_ID = 65_535;
const WHITE = 0xffffff;

/**
 * Painting on one number for each pixel: 0 or 255 for a region, instance ids for a mask, 0xRRGGBB for a sketch. Shapes have
 * hard edges, so that what is drawn is exactly what is used.
 */
export class PaintingState {
  readonly kind: PaintingKind;
  readonly raster: Raster;
  tool = $state<Tool>('brush');
  /** Pixels. */
  diameter = $state(24);
  /** 0xRRGGBB, for sketches. */
  colour = $state(0xc8c8c8);
  /** Grows with every change of the pixels: what draws them reads it. */
  version = $state(0);
  /** Corners of the shape that is being drawn. */
  pending = $state.raw<Point[]>([]);
  /** Where the keyboard's brush is; null until arrow keys are used. */
  cursor = $state.raw<Point | null>(null);
  numUndo = $state(0);
  numRedo = $state(0);

  #plane: Uint32Array<ArrayBuffer>;
  /** What the eraser brings back. */
  #ground: Uint32Array<ArrayBuffer>;
  #undo: Uint32Array<ArrayBuffer>[] = [];
  #redo: Uint32Array<ArrayBuffer>[] = [];
  /** What could be brought again before the stroke that is under way. */
  #redoBefore: Uint32Array<ArrayBuffer>[] = [];
  #last: Point | null = null;
  #value = 0;

  constructor(kind: PaintingKind, raster: Raster, start?: ArrayLike<number>) {
    this.kind = kind;
    this.raster = { width: raster.width, height: raster.height };
    const count = raster.width * raster.height;
    this.#plane = start ? Uint32Array.from(start) : new Uint32Array(count);
    this.#ground = kind === 'sketch' ? this.#plane.slice() : new Uint32Array(count);
    this.diameter = Math.max(4, Math.round(raster.width / 12));
  }

  /** [height · width]; a copy is the caller's to make. */
  get plane(): Uint32Array<ArrayBuffer> {
    return this.#plane;
  }

  get tools(): Tool[] {
    return ['brush', 'eraser', 'ellipse', 'polygon'];
  }

  get isEmpty(): boolean {
    return this.version >= 0 && this.#plane.every((value, i) => value === this.#ground[i]);
  }

  /** Instances of a mask, or pixels of a region. */
  get numPainted(): number {
    if (this.version < 0) return 0; // read, so that it is counted anew
    if (this.kind === 'mask') return countInstances(this.#plane);
    return this.#plane.reduce((sum, value) => sum + Number(value !== 0), 0);
  }

  /** A stroke or a shape begins; a polygon gets a corner. */
  down(at: Point) {
    if (this.tool === 'polygon') {
      this.pending = [...this.pending, at];
      return;
    }
    this.#remember();
    this.#value = this.#valueAt(at);
    this.#last = at;
    if (this.tool === 'ellipse') this.pending = [at, at];
    else this.#stroke(at, at);
  }

  /** The pointer moves while it is down. */
  move(at: Point) {
    if (!this.#last) return;
    if (this.tool === 'ellipse') this.pending = [this.pending[0], at];
    else this.#stroke(this.#last, at);
    this.#last = at;
  }

  /** The pointer goes up: an ellipse is finished. */
  up() {
    if (!this.#last) return;
    if (this.tool === 'ellipse') {
      this.#fill(ellipsePixels(this.raster, this.pending[0], this.pending[1]));
      this.pending = [];
    }
    this.#last = null;
  }

  /** As if the stroke that is under way had never begun. */
  dropStroke() {
    if (!this.#last) return;
    this.abandon();
    this.#redo = this.#redoBefore;
    const before = this.#undo.pop();
    if (before) this.#change(before);
  }

  /** Finishes a polygon of three corners or more. */
  close() {
    if (this.tool !== 'polygon') return;
    if (this.pending.length >= 3) {
      this.#remember();
      this.#value = this.#valueAt(null);
      this.#fill(polygonPixels(this.raster, this.pending));
    }
    this.pending = [];
  }

  /** Gives up the shape that is being drawn. */
  abandon() {
    this.pending = [];
    this.#last = null;
  }

  choose(tool: Tool) {
    this.abandon();
    this.tool = tool;
  }

  /** Moves the keyboard's brush by so many pixels. */
  moveCursor(dx: number, dy: number) {
    const { width, height } = this.raster;
    const from = this.cursor ?? { x: width / 2, y: height / 2 };
    this.cursor = {
      x: Math.min(width - 0.5, Math.max(0.5, from.x + dx)),
      y: Math.min(height - 0.5, Math.max(0.5, from.y + dy)),
    };
  }

  /** What a click would do, at the keyboard's brush; an ellipse has the size of the brush. */
  stamp() {
    const at = this.cursor;
    if (!at) return this.moveCursor(0, 0);
    if (this.tool !== 'ellipse') {
      this.down(at);
      return this.up();
    }
    const [rx, ry] = [this.diameter / 2, this.diameter / 3];
    this.down({ x: at.x - rx, y: at.y - ry });
    this.move({ x: at.x + rx, y: at.y + ry });
    this.up();
  }

  /** Region only: what was kept changes, and what changed is kept. */
  invert() {
    this.#remember();
    this.#change(this.#plane.map((value) => (value === 0 ? 255 : 0)));
  }

  /** Takes everything away that was painted. */
  clear() {
    this.#remember();
    this.#change(this.#ground.slice());
  }

  /** Puts other pixels in its place: a mask that was generated or read. */
  replace(plane: ArrayLike<number>) {
    this.#remember();
    this.#change(Uint32Array.from(plane));
  }

  undo() {
    this.abandon();
    const before = this.#undo.pop();
    if (!before) return;
    this.#redo.push(this.#plane);
    this.#change(before);
  }

  redo() {
    const after = this.#redo.pop();
    if (!after) return;
    this.#undo.push(this.#plane);
    this.#change(after);
  }

  /** A stroke on an instance goes on with it; one on the background begins another. */
  #valueAt(at: Point | null): number {
    if (this.kind === 'sketch') return this.colour;
    if (this.kind === 'region') return 255;
    const { width, height } = this.raster;
    const [column, row] = [Math.floor(at?.x ?? -1), Math.floor(at?.y ?? -1)];
    const inside = column >= 0 && column < width && row >= 0 && row < height;
    const under = inside && this.tool === 'brush' ? this.#plane[row * width + column] : 0;
    if (under > 0) return under;
    return Math.min(MAX_ID, this.#plane.reduce((max, id) => Math.max(max, id), 0) + 1);
  }

  #stroke(from: Point, to: Point) {
    this.#fill(strokePixels(this.raster, from, to, this.diameter));
  }

  #fill(pixels: number[]) {
    const erase = this.tool === 'eraser';
    for (const at of pixels) this.#plane[at] = erase ? this.#ground[at] : this.#value & WHITE;
    this.version++;
  }

  #remember() {
    this.#undo.push(this.#plane.slice());
    if (this.#undo.length > MAX_UNDO) this.#undo.shift();
    this.#redoBefore = this.#redo;
    this.#redo = [];
    this.#count();
  }

  #change(plane: Uint32Array<ArrayBuffer>) {
    this.#plane = plane;
    this.version++;
    this.#count();
  }

  #count() {
    this.numUndo = this.#undo.length;
    this.numRedo = this.#redo.length;
  }
}
