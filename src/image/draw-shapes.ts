/** A raster that shapes are drawn on, in pixels. */
export interface Raster {
  width: number;
  height: number;
}

/** Column and row; pixel (0, 0) reaches from 0 to 1 both ways. */
export interface Point {
  x: number;
  y: number;
}

/** Indices of the pixels that a round brush covers on its way: those whose centre is within its radius. */
export function strokePixels(raster: Raster, from: Point, to: Point, diameter: number): number[] {
  const radius = Math.max(diameter / 2, 0.5);
  const length2 = (to.x - from.x) ** 2 + (to.y - from.y) ** 2;
  return pixelsWithin(raster, grownBox([from, to], radius), (x, y) => {
    const along = ((x - from.x) * (to.x - from.x) + (y - from.y) * (to.y - from.y)) / length2;
    const t = length2 === 0 ? 0 : Math.min(1, Math.max(0, along));
    const [dx, dy] = [x - from.x - t * (to.x - from.x), y - from.y - t * (to.y - from.y)];
    return dx * dx + dy * dy <= radius * radius;
  });
}

/** Indices of the pixels inside the ellipse that fills a box, given by two of its corners. */
export function ellipsePixels(raster: Raster, from: Point, to: Point): number[] {
  const [cx, cy] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
  const [rx, ry] = [Math.abs(to.x - from.x) / 2, Math.abs(to.y - from.y) / 2];
  if (rx === 0 || ry === 0) return [];
  return pixelsWithin(
    raster,
    grownBox([from, to], 0),
    (x, y) => ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1,
  );
}

/** Indices of the pixels inside a closed polygon, by the even-odd rule. */
export function polygonPixels(raster: Raster, corners: readonly Point[]): number[] {
  if (corners.length < 3) return [];
  return pixelsWithin(raster, grownBox(corners, 0), (x, y) => {
    let inside = false;
    for (const [i, a] of corners.entries()) {
      const b = corners[(i + 1) % corners.length];
      const crosses = a.y > y !== b.y > y && x < a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x);
      if (crosses) inside = !inside;
    }
    return inside;
  });
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function grownBox(points: readonly Point[], by: number): Box {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  return {
    left: Math.min(...xs) - by,
    top: Math.min(...ys) - by,
    right: Math.max(...xs) + by,
    bottom: Math.max(...ys) + by,
  };
}

/** Of the pixels in a box, those whose centre fits. */
function pixelsWithin(
  { width, height }: Raster,
  { left, top, right, bottom }: Box,
  fits: (x: number, y: number) => boolean,
): number[] {
  const found: number[] = [];
  const lastRow = Math.min(height - 1, Math.floor(bottom));
  const lastColumn = Math.min(width - 1, Math.floor(right));
  for (let row = Math.max(0, Math.floor(top)); row <= lastRow; row++) {
    for (let column = Math.max(0, Math.floor(left)); column <= lastColumn; column++) {
      if (fits(column + 0.5, row + 0.5)) found.push(row * width + column);
    }
  }
  return found;
}
