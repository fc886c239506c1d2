import { expect, test } from 'vitest';
import { ConditionsState } from '../../../src/views/studio/state/conditions.svelte';
import { PaintingState } from '../../../src/views/paint/painting.svelte';
import { axisValues } from '../../../src/views/studio/state/sweep-side.svelte';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import { fakeEntry, fakeRequest } from './ui-fakes';

const raster = { width: 16, height: 16 };

function stroke(painting: PaintingState, x: number, y: number) {
  painting.down({ x, y });
  painting.move({ x: x + 2, y });
  painting.up();
}

test('a stroke beside an instance begins another, and one on it goes on with it', () => {
  const painting = new PaintingState('mask', raster);
  painting.diameter = 2;
  stroke(painting, 2, 2);
  stroke(painting, 2, 10);
  expect(painting.numPainted).toBe(2);
  stroke(painting, 4, 2);
  expect(painting.numPainted).toBe(2);
  expect(painting.plane[2 * 16 + 5]).toBe(1);
});

test('each stroke can be taken back and brought again, and a new one ends what was taken back', () => {
  const painting = new PaintingState('region', raster);
  painting.diameter = 2;
  stroke(painting, 2, 2);
  const once = painting.plane.slice();
  stroke(painting, 2, 10);
  painting.undo();
  expect(painting.plane).toEqual(once);
  painting.redo();
  expect(painting.numPainted).toBeGreaterThan(once.filter((value) => value > 0).length);
  painting.undo();
  stroke(painting, 9, 9);
  expect(painting.numRedo).toBe(0);
});

test('an inverted region protects what was painted', () => {
  const painting = new PaintingState('region', raster);
  stroke(painting, 4, 4);
  const painted = painting.numPainted;
  painting.invert();
  expect(painting.numPainted).toBe(256 - painted);
});

test('the eraser of a sketch brings the image back that it was painted on', () => {
  const start = Uint32Array.from({ length: 256 }, (_, i) => i);
  const painting = new PaintingState('sketch', raster, start);
  stroke(painting, 4, 4);
  expect(painting.isEmpty).toBe(false);
  painting.choose('eraser');
  painting.diameter = 16;
  stroke(painting, 6, 6);
  expect(painting.isEmpty).toBe(true);
});

test('an abandoned polygon leaves nothing', () => {
  const painting = new PaintingState('mask', raster);
  painting.choose('polygon');
  for (const x of [1, 9, 5]) painting.down({ x, y: x });
  painting.choose('brush');
  painting.choose('polygon');
  painting.close();
  expect(painting.isEmpty).toBe(true);
  expect(painting.numUndo).toBe(0);
});

function takesAll(): DiffusionEntry {
  const mask = { channels: 2, size: 16, classes: ['background', 'nucleus'], modalities: [] };
  return fakeEntry({
    image: raster,
    conditions: { covariates: [], initImage: true, mask },
    components: { vaeEncoder: {} } as DiffusionEntry['components'],
  });
}

test('a request holds the image, its region and the mask only where there are any', async () => {
  const conditions = new ConditionsState(takesAll());
  expect(conditions.addTo(fakeRequest())).toEqual(fakeRequest());
  conditions.paint('sketch');
  stroke(conditions.painting!, 4, 4);
  await conditions.finishPainting();
  conditions.paint('region');
  stroke(conditions.painting!, 4, 4);
  const before = conditions.version;
  await conditions.finishPainting();
  expect(conditions.version).not.toBe(before);
  const { init, inpaint, mask } = conditions.addTo(fakeRequest());
  expect(init?.rgb).toHaveLength(768);
  expect(init?.strength).toBe(0.8);
  expect(inpaint?.region).toHaveLength(256);
  expect(mask).toBeUndefined();
  conditions.removeSource();
  expect(conditions.addTo(fakeRequest())).toEqual(fakeRequest());
});

test('a model without encoder and mask offers neither', () => {
  const conditions = new ConditionsState(
    fakeEntry({ components: {} as DiffusionEntry['components'] }),
  );
  expect(conditions.takesImage).toBe(false);
});

test('a sweep’s values lie on the steps of their covariate, ends included, at most seven', () => {
  const [age, view] = fakeEntry().conditions.covariates;
  expect(axisValues(age, 0, 100, 5)).toEqual([0, 25, 50, 75, 100]);
  expect(axisValues(age, 0, 1, 5)).toEqual([0, 1]); // no value twice
  expect(axisValues(age, 0, 100, 50)).toHaveLength(7);
  expect(axisValues(view, 0, 0, 3)).toEqual([0, 1]);
});
