import type { InstanceMask } from './dataset-item';
import { maskPolygons, type Polygon } from './polygons';

/** One instance in COCO's words; `segmentation` is uncompressed RLE, column by column. https://cocodataset.org/#format-data */
export interface CocoAnnotation {
  id: number;
  image_id: number;
  category_id: number;
  iscrowd: 0;
  /** Pixels. */
  area: number;
  /** x, y, width, height in pixels. */
  bbox: [number, number, number, number];
  segmentation: { size: [height: number, width: number]; counts: number[] };
}

/**
 * The instances of one mask, ids from `firstId` on. Categories are the indices of the class names: 0 is the background and
 * has no annotations.
 */
export function cocoAnnotations(
  mask: InstanceMask,
  imageId: number,
  firstId: number,
): CocoAnnotation[] {
  const { width, height, values, classOf } = mask;
  const found = new Map<number, { runs: Run[]; box: Box }>();
  // Column by column: one pass gives every instance its runs in COCO's order.
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const id = values[y * width + x];
      if (id === 0) continue;
      const entry = found.get(id) ?? { runs: [], box: { left: x, right: x, top: y, bottom: y } };
      found.set(id, entry);
      addPixel(entry.runs, x * height + y);
      grow(entry.box, x, y);
    }
  }
  const sorted = [...found].sort(([one], [other]) => one - other);
  return sorted.map(([id, { runs, box }], i) => ({
    id: firstId + i,
    image_id: imageId,
    category_id: classOf[id] ?? 1,
    iscrowd: 0,
    area: runs.reduce((sum, { length }) => sum + length, 0),
    bbox: [box.left, box.top, box.right - box.left + 1, box.bottom - box.top + 1],
    segmentation: { size: [height, width], counts: toCounts(runs, width * height) },
  }));
}

interface Run {
  start: number;
  length: number;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function addPixel(runs: Run[], at: number) {
  const last = runs.at(-1);
  if (last && last.start + last.length === at) last.length++;
  else runs.push({ start: at, length: 1 });
}

function grow(box: Box, x: number, y: number) {
  box.left = Math.min(box.left, x);
  box.right = Math.max(box.right, x);
  box.top = Math.min(box.top, y);
  box.bottom = Math.max(box.bottom, y);
}

/** Lengths of background and foreground in turn, background first; they sum to `total`. */
function toCounts(runs: Run[], total: number): number[] {
  const counts: number[] = [];
  let end = 0;
  for (const { start, length } of runs) {
    counts.push(start - end, length);
    end = start + length;
  }
  if (end < total) counts.push(total - end);
  return counts;
}

/** The same annotations with outlines in place of runs, for tools that read no RLE of single instances. */
export function withPolygons(
  mask: InstanceMask,
  annotations: readonly CocoAnnotation[],
): (Omit<CocoAnnotation, 'segmentation'> & { segmentation: Polygon[] })[] {
  const ids = [...new Set(mask.values)].filter(Boolean).sort((one, other) => one - other);
  const polygons = maskPolygons(mask);
  return annotations.map((annotation, i) => ({
    ...annotation,
    segmentation: polygons.get(ids[i]) ?? [],
  }));
}

/**
 * annotations/coco.json and coco-polygons.json, collected image by image: their pieces are Blobs, which browsers may keep outside of memory.
 */
export class CocoFile {
  #images: Blob[] = [];
  #annotations: Blob[] = [];
  #outlined: Blob[] = [];
  #nextAnnotation = 1;

  /** `imageId` counts from 1, `path` is that of the image. */
  add(mask: InstanceMask, imageId: number, path: string) {
    const { width, height } = mask;
    const annotations = cocoAnnotations(mask, imageId, this.#nextAnnotation);
    const image = { id: imageId, file_name: path, width, height };
    const comma = this.#images.length === 0 ? '' : ',\n';
    this.#images.push(new Blob([comma + JSON.stringify(image)]));
    const outlined = withPolygons(mask, annotations);
    for (const [i, annotation] of annotations.entries()) {
      const separator = this.#nextAnnotation === 1 ? '' : ',\n';
      this.#nextAnnotation = annotation.id + 1;
      this.#annotations.push(new Blob([separator + JSON.stringify(annotation)]));
      this.#outlined.push(new Blob([separator + JSON.stringify(outlined[i])]));
    }
  }

  get isEmpty(): boolean {
    return this.#images.length === 0;
  }

  /** One whole file; `classes` has the background first. */
  toBlob(kind: 'rle' | 'polygons', description: string, classes: readonly string[]): Blob {
    const categories = classes.slice(1).map((name, i) => ({ id: i + 1, name }));
    return new Blob(
      [
        `{"info":${JSON.stringify({ description })},"licenses":[],\n"categories":${JSON.stringify(categories)},`,
        '\n"images":[\n',
        ...this.#images,
        '\n],"annotations":[\n',
        ...(kind === 'rle' ? this.#annotations : this.#outlined),
        '\n]}\n',
      ],
      { type: 'application/json' },
    );
  }
}
