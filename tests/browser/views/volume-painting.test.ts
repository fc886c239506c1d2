import { afterEach, expect, test } from 'vitest';
import { encodeVolume, xFastest, xSlowest } from '../../../src/image/volume/volume-files';
import type { ModelEntry } from '../../../src/models/manifest/manifest';
import { LabelPainting } from '../../../src/views/paint/label-painting.svelte';
import { LabelMapState } from '../../../src/views/studio/state/label-map.svelte';
import type { GalleryEntry } from '../../../src/views/gallery/gallery-entry';
import { toyVolume } from '../../unit/image/toy-volume';

const toy = toyVolume();
const facts = { size: toy.size, spacingMm: toy.spacingMm, labels: toy.labels };
const at = ([x, y, z]: number[]) => (x * toy.size[1] + y) * toy.size[2] + z;

const ends: (() => void)[] = [];
afterEach(() => ends.splice(0).forEach((end) => end()));

/** A painting on a canvas, ready. */
async function opened(painting: LabelPainting) {
  const canvas = document.body.appendChild(document.createElement('canvas'));
  canvas.style.cssText = 'width: 300px; height: 300px';
  const close = painting.open(canvas);
  ends.push(() => (close(), canvas.remove()));
  await expect.poll(() => painting.painter ?? painting.error).not.toBeNull();
  return painting.painter!;
}

/** From the middle, where the crosshair begins. */
async function goTo(painting: LabelPainting, [x, y, z]: number[]) {
  const [middleX, middleY, middleZ] = toy.size.map((n) => Math.floor(n / 2));
  const painter = painting.painter ?? (await opened(painting));
  painter.move(x - middleX, y - middleY, z - middleZ);
  return painter;
}

test('a label map is painted on where the crosshair is, counted in mm³, and taken back', async () => {
  const painting = new LabelPainting(facts, toy.labelMap, toy.image);
  await opened(painting);
  expect(painting.finish()).toEqual(Uint16Array.from(toy.labelMap));
  expect(painting.labelMm3).toEqual({ front: 3, back: 2 });

  painting.use(2, 1);
  (await goTo(painting, [5, 2, 1])).dab();
  const changed = Uint16Array.from(toy.labelMap);
  changed[at([5, 2, 1])] = 2;
  expect(painting.finish()).toEqual(changed);
  expect([painting.labelMm3, painting.numUndo]).toEqual([{ front: 3, back: 3 }, 1]);

  painting.use(1, 3);
  painting.painter!.dab();
  expect(painting.labelMm3).toEqual({ front: 12, back: 2 }); // nine of one plane
  painting.undo();
  expect(painting.finish()).toEqual(changed);
  painting.undo();
  expect(painting.finish()).toEqual(Uint16Array.from(toy.labelMap));
  painting.undo();
  expect([painting.numUndo, painting.labelMm3]).toEqual([0, { front: 3, back: 2 }]);
});

test('sizes stay within what can be painted with, and arrays turn both ways', () => {
  const painting = new LabelPainting(facts, toy.labelMap, null);
  painting.use(0, 99);
  expect([painting.pen, painting.size]).toEqual([0, 9]);
  painting.use(1, -3);
  expect(painting.size).toBe(1);
  expect(xSlowest(xFastest(toy.image, toy.size), toy.size)).toEqual(toy.image);
});

/** As the conditions of a studio with a model of such volumes. */
function labelMapOf() {
  const host = {
    entry: { volume: facts } as ModelEntry,
    labels: null as Uint16Array<ArrayBuffer> | null,
    notice: '',
    error: null as Error | null,
    removeSource: () => undefined,
    async attempt(work: () => Promise<void>) {
      await work().catch((error: Error) => (host.error = error));
    },
  };
  return { host, state: new LabelMapState(host) };
}

test('the map of a volume in the gallery is changed by hand; a part that is gone is named and it stays open', async () => {
  const { host, state } = labelMapOf();
  const volume = await encodeVolume(toy, { origin: 'text' });
  await state.takeEntry({ volume } as GalleryEntry);
  expect(host.labels).toEqual(Uint16Array.from(toy.labelMap));
  await state.paint();
  const painting = state.painting!;
  await opened(painting);
  painting.use(0, 3);
  (await goTo(painting, [1, 4, 1])).dab();
  for (const _ of [2, 3]) {
    painting.painter!.move(0, 0, 1);
    painting.painter!.dab();
  }
  state.finishPainting();
  expect(painting.error).toMatchObject({
    name: 'RequestInvalid',
    message: expect.stringContaining('has no front any more') as string,
  });
  expect(state.painting).toBe(painting);
  expect(host.labels).toEqual(Uint16Array.from(toy.labelMap));

  painting.undo();
  expect(painting.error).toBeNull();
  state.finishPainting();
  expect(state.painting).toBeNull();
  expect(host.labels!.filter((label) => label === 1)).toHaveLength(1);
});

test('a picture, and a volume of another size, have no label map for this model', async () => {
  const { host, state } = labelMapOf();
  await state.takeEntry({} as GalleryEntry);
  expect(host.error).toMatchObject({ name: 'RequestInvalid' });
  const larger = await encodeVolume(
    toyVolume({ size: [8, 8, 8], image: new Uint8Array(512), labelMap: new Uint8Array(512) }),
    { origin: 'text' },
  );
  await state.takeEntry({ volume: larger } as GalleryEntry);
  expect(host.error?.message).toContain('expected 7 × 9 × 5 voxels, got 8 × 8 × 8');
  expect(host.labels).toBeNull();
});
