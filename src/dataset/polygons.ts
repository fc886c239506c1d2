import type { Mask } from '../image/mask';

/** x, y, x, y … of one outline in pixels, clockwise, along the edges of pixels; the last corner joins the first. */
export type Polygon = number[];

/** The four sides of a pixel, clockwise: where each begins, seen from the pixel's corner, and which neighbour it borders on. */
const SIDES = [
  { x: 0, y: 0, toX: 1, toY: 0, besideX: 0, besideY: -1 },
  { x: 1, y: 0, toX: 0, toY: 1, besideX: 1, besideY: 0 },
  { x: 1, y: 1, toX: -1, toY: 0, besideX: 0, besideY: 1 },
  { x: 0, y: 1, toX: 0, toY: -1, besideX: -1, besideY: 0 },
] as const;

/**
 * Outlines of every instance, id → polygons: one for each part that hangs together by sides. Exact where there are no holes; those
 * are left out, for COCO's polygons have none.
 */
export function maskPolygons({ width, height, values }: Mask): Map<number, Polygon[]> {
  const inside = (x: number, y: number, id: number) =>
    x >= 0 && y >= 0 && x < width && y < height && values[y * width + x] === id;
  /** By instance: corner → directions (indices of `SIDES`) of the sides that begin there. */
  const sidesOf = new Map<number, Map<number, number[]>>();
  for (let at = 0; at < values.length; at++) {
    const id = values[at];
    if (id === 0) continue;
    const [x, y] = [at % width, Math.floor(at / width)];
    const sides = sidesOf.get(id) ?? new Map<number, number[]>();
    sidesOf.set(id, sides);
    for (const [direction, side] of SIDES.entries()) {
      if (inside(x + side.besideX, y + side.besideY, id)) continue;
      const corner = (y + side.y) * (width + 1) + x + side.x;
      sides.set(corner, [...(sides.get(corner) ?? []), direction]);
    }
  }
  return new Map([...sidesOf].map(([id, sides]) => [id, outlines(sides, width + 1)]));
}

/** Follows sides from corner to corner until each is used; `stride` is the number of corners in a row. */
function outlines(sides: Map<number, number[]>, stride: number): Polygon[] {
  const polygons: Polygon[] = [];
  for (const [start, directions] of sides) {
    while (directions.length > 0) {
      const polygon = follow(sides, start, stride);
      if (signedArea(polygon) > 0) polygons.push(polygon); // holes run the other way round
    }
  }
  return polygons;
}

function follow(sides: Map<number, number[]>, start: number, stride: number): Polygon {
  const polygon: Polygon = [];
  let corner = start;
  let last = -1;
  const first = sides.get(start)![0];
  do {
    const direction = take(sides.get(corner)!, last);
    if (direction !== last) polygon.push(corner % stride, Math.floor(corner / stride));
    corner += SIDES[direction].toX + SIDES[direction].toY * stride;
    last = direction;
  } while (corner !== start);
  if (last === first) polygon.splice(0, 2); // it began in the middle of a straight side
  return polygon;
}

/** Where two parts touch at a corner, the turn to the right stays with its own part. */
function take(directions: number[], last: number): number {
  const right = directions.indexOf((last + 1) % 4);
  return directions.splice(last >= 0 && right >= 0 ? right : 0, 1)[0];
}

/** Shoelace formula; positive for clockwise outlines, for y grows downwards. */
function signedArea(polygon: Polygon): number {
  let sum = 0;
  for (let i = 0; i < polygon.length; i += 2) {
    const next = (i + 2) % polygon.length;
    sum += polygon[i] * polygon[next + 1] - polygon[next] * polygon[i + 1];
  }
  return sum / 2;
}
