import { expect, test } from 'vitest';
import { PaintView } from '../../../src/views/paint/paint-view.svelte';
import { PaintingState } from '../../../src/views/paint/painting.svelte';

/** A view of 200 × 100 CSS pixels. */
function newView() {
  const view = new PaintView();
  [view.width, view.height] = [200, 100];
  return view;
}

test('what lies under the pointer stays there when the view zooms', () => {
  const view = newView();
  const at = { x: 150, y: 20 };
  const before = view.toPicture(at);
  view.zoomAt(3, at);
  expect(view.toPicture(at).x).toBeCloseTo(before.x, 9);
  expect(view.toPicture(at).y).toBeCloseTo(before.y, 9);
});

test('the picture always covers the surface, and is never smaller than it', () => {
  const view = newView();
  view.zoomAt(2);
  view.pan({ x: 1e6, y: -1e6 });
  expect(view.corner).toEqual({ x: 0, y: -100 });
  view.zoomAt(1e-6);
  expect([view.zoom, view.corner.x, view.corner.y]).toEqual([1, 0, 0]);
  view.zoomAt(1e6);
  expect(view.zoom).toBe(16);
});

test('the keyboard’s brush is brought into view', () => {
  const view = newView();
  view.zoomAt(4);
  view.reveal({ x: 0.99, y: 0.01 });
  const seen = [view.toPicture({ x: 0, y: 0 }), view.toPicture({ x: 200, y: 100 })];
  expect(seen[0].y).toBeLessThan(0.01);
  expect(seen[1].x).toBeGreaterThan(0.99);
});

test('a stroke that turns out to be a pinch leaves nothing, and what could be brought again still can', () => {
  const painting = new PaintingState('region', { width: 16, height: 16 });
  painting.down({ x: 4, y: 4 });
  painting.up();
  painting.undo();
  painting.down({ x: 12, y: 12 });
  painting.move({ x: 13, y: 13 });
  painting.dropStroke();
  expect([painting.isEmpty, painting.numUndo, painting.numRedo]).toEqual([true, 0, 1]);
  painting.redo();
  expect(painting.isEmpty).toBe(false);
});
