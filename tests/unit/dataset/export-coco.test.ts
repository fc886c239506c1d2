/** COCO files of an export. */
import { expect, test } from 'vitest';
import { cocoAnnotations } from '../../../src/dataset/coco';
import { collect, items } from './collect-export';
import { toyItem, toyMask } from './toy-dataset';

test('COCO runs, boxes and areas are those of the mask', () => {
  const [first, second] = cocoAnnotations(toyMask(), 5, 11);
  expect(first).toMatchObject({ id: 11, image_id: 5, category_id: 1, area: 4, bbox: [1, 1, 2, 2] });
  expect(second).toMatchObject({ id: 12, category_id: 2, area: 4, bbox: [6, 3, 2, 3] });
  // Column by column: column 1 rows 1–2, column 2 rows 1–2.
  expect(first.segmentation).toEqual({ size: [6, 8], counts: [7, 2, 4, 2, 33] });
  expect(second.segmentation.counts.reduce((a, b) => a + b, 0)).toBe(48);
});

test('coco.json numbers annotations through and lists the classes', async () => {
  const files = await collect(items);
  const coco = JSON.parse(await files.get('annotations/coco.json')!.text()) as {
    images: { id: number; file_name: string }[];
    annotations: { id: number; image_id: number }[];
    categories: unknown;
  };
  expect(coco.categories).toEqual([
    { id: 1, name: 'nucleus' },
    { id: 2, name: 'debris' },
  ]);
  expect(coco.images.map(({ id }) => id)).toEqual([2, 3, 4]);
  expect(coco.annotations.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('without masks there is neither a folder nor a COCO file for them', async () => {
  const files = await collect([toyItem(0, false)]);
  expect([...files.keys()].some((path) => /mask|coco/.test(path))).toBe(false);
  expect(await files.get('README.md')!.text()).not.toContain('COCO');
});

test('COCO has the same instances twice: as runs and as outlines', async () => {
  const files = await collect(items);
  type Coco = { images: unknown[]; annotations: { id: number; area: number }[] };
  const read = async (name: string) =>
    JSON.parse(await files.get(`annotations/${name}.json`)!.text()) as Coco;
  const [runs, outlines] = [await read('coco'), await read('coco-polygons')];
  expect(outlines.images).toEqual(runs.images);
  expect(outlines.annotations.map(({ id }) => id)).toEqual(runs.annotations.map(({ id }) => id));
  expect(outlines.annotations[0]).toMatchObject({
    area: 4,
    segmentation: [[1, 1, 3, 1, 3, 3, 1, 3]],
  });
});
