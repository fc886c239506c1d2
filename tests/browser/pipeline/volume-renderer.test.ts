import { expect, test } from 'vitest';
import { openNifti, sliceOf } from '../../../src/image/nifti/read-nifti';
import { encodeNiftiGz } from '../../../src/image/nifti/write-nifti';
import { checkSides, renderVolume } from '../../../src/controls/viewer/volume-renderer';

const SIDE = 32;

/** Bright in the half that a slice shows on the left: the patient's right. */
async function halfBright(): Promise<Blob> {
  const samples = Int16Array.from({ length: SIDE ** 3 }, (_, i) =>
    i % SIDE < SIDE / 2 ? 900 : 100,
  );
  const content = { width: SIDE, height: SIDE, numSlices: SIDE, channels: 1 as const, samples };
  const words = { description: 'for tests', kind: 'synthetic' } as const;
  return encodeNiftiGz({ ...content, ...words, spacing: [1, 1, 1] });
}

/** The mean column of what is bright, and how many pixels that is. */
function brightPart(canvas: HTMLCanvasElement): { column: number; count: number } {
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = copy.getContext('2d')!;
  context.drawImage(canvas, 0, 0);
  const { data, width } = context.getImageData(0, 0, canvas.width, canvas.height);
  const bright = [...Array(data.length / 4).keys()].filter((i) => data[4 * i] > 200);
  const sum = bright.reduce((total, i) => total + (i % width), 0);
  return { column: sum / bright.length, count: bright.length };
}

test("the patient's right is where the slices have it, and the window is theirs", async () => {
  const nifti = await halfBright();
  const slice = sliceOf(await openNifti(new Uint8Array(await nifti.arrayBuffer())), 'axial', 16);
  expect([slice.samples[0], slice.samples[SIDE - 1]]).toEqual([900, 100]);

  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 256;
  canvas.style.cssText = 'width: 256px; height: 256px';
  document.body.append(canvas);
  const view = await renderVolume(canvas, nifti);
  view.useWindow({ centre: 500, width: 1000 });
  view.show('axial');
  const { column, count } = brightPart(canvas);
  expect(count).toBeGreaterThan(1000);
  expect(column).toBeLessThan(0.4 * canvas.width);
  // A window above all values leaves nothing bright but letters.
  view.useWindow({ centre: 5000, width: 1000 });
  await expect.poll(() => (view.show('axial'), brightPart(canvas).count)).toBeLessThan(count / 2);
  view.close();
  canvas.remove();
});

test('a volume that is larger than the largest 3D texture is refused with what to do', () => {
  expect(() => checkSides([3056, 2544, 3], 2048)).toThrow(/3056 × 2544 × 3.*at most 2048.*slices/);
  expect(() => checkSides([512, 512, 300], 2048)).not.toThrow();
});

test('volumes that were opened and closed take no context from one that is on the screen', async () => {
  const nifti = await halfBright();
  const seen = document.createElement('canvas').getContext('webgl2')!;
  for (let i = 0; i < 20; i++) {
    const canvas = document.createElement('canvas');
    document.body.append(canvas);
    const view = await renderVolume(canvas, nifti);
    view.close();
    canvas.remove();
  }
  expect(seen.isContextLost()).toBe(false);
});
