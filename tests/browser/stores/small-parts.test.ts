import { afterEach, expect, test, vi } from 'vitest';
import { encodeImage } from '../../../src/dataset/encode-image';
import type { DatasetDescription, ImageRecord } from '../../../src/dataset/dataset-item';
import { encodePng } from '../../../src/image/png';
import { readImage } from '../../../src/image/read-image';
import { nameMissingPart } from '../../../src/errors';
import { nameMissingParts } from '../../../src/browser/missing-parts';
import { safeLink } from '../../../src/browser/safe-link';
import { saveBlob } from '../../../src/browser/save-file';
import { stayingAwake } from '../../../src/browser/stay-awake';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test('a link of a package runs no code', () => {
  expect(safeLink('docs/model-card.md')).toBe('docs/model-card.md');
  expect(safeLink('https://example.org/card')).toBe('https://example.org/card');
  for (const address of [
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'http://[',
  ]) {
    expect(safeLink(address)).toBeNull();
  }
});

test('the address of what was saved is let go', () => {
  vi.useFakeTimers();
  const revoked = vi.spyOn(URL, 'revokeObjectURL');
  saveBlob(new Blob(['zip']), 'a.zip');
  expect(revoked).not.toHaveBeenCalled();
  vi.advanceTimersByTime(60_000);
  expect(revoked).toHaveBeenCalledOnce();
});

test('a part whose files are gone after a deployment says which and what to do, whoever asked for it', () => {
  nameMissingParts();
  const gone = 'Failed to fetch dynamically imported module: https://a.test/assets/';
  for (const [message, words] of [
    [`${gone}EvaluateView-BvgFI620.js`, /could not be fetched: the view that compares images\./],
    [
      'Unable to preload CSS for /assets/PaintDialog-BvgFI620.css',
      /images and masks to start from/,
    ],
    [`${gone}something-new-BvgFI620.js`, /could not be fetched: something-new\./],
    ['Importing a module script failed.', /could not be fetched: one of its files\./],
  ] as const) {
    const error = new TypeError(message);
    dispatchEvent(Object.assign(new Event('vite:preloadError'), { payload: error }));
    expect(error).toMatchObject({ name: 'NetworkFailed' });
    expect(error.message).toMatch(words);
    expect(error.message).toMatch(/newer version.*Reload the page.*what is stored stays/);
  }
  const other = new TypeError('x is not a function');
  expect(nameMissingPart(other)).toMatchObject({ name: 'TypeError', message: other.message });
});

test('the screen stays on while work goes on, is let go after it, and denial is no failure', async () => {
  const release = vi.fn(async () => undefined);
  const request = vi.fn(async () => ({ release }));
  vi.spyOn(navigator, 'wakeLock', 'get').mockReturnValue({ request } as unknown as WakeLock);
  const work = async () => {
    await vi.waitFor(() => expect(request).toHaveBeenCalledWith('screen'));
    await Promise.resolve();
    expect(release).not.toHaveBeenCalled();
    return 7;
  };
  expect(await stayingAwake(work)).toBe(7);
  expect(release).toHaveBeenCalledOnce();
  request.mockRejectedValue(new DOMException('low battery', 'NotAllowedError'));
  expect(await stayingAwake(async () => 8)).toBe(8);
});

/** Grey as a model makes it: the channels differ a little. */
const rgba = new Uint8ClampedArray([10, 12, 14, 255, 200, 190, 195, 255]);
const record = (prompt: string) =>
  ({
    prompt,
    covariates: {},
    modelId: 'm',
    modelHash: 'h',
    numInferenceSteps: 1,
    seed: 1,
    imageIndex: 0,
    createdAt: new Date(0),
    provenance: { origin: 'text' },
  }) as unknown as ImageRecord;
const description = { models: [], appVersion: '0' } as unknown as DatasetDescription;

test.each(['dicom', 'nifti'] as const)(
  'a picture of a grey modality is grey in %s, one of skin keeps its colours',
  async (format) => {
    const png = encodePng({ width: 2, height: 1, rgba }, {});
    const xray = await encodeImage(png, record('chest x-ray'), description, 0, format);
    const image = await readImage(xray.blob);
    expect(image).toMatchObject({ channels: 1, photometric: 'MONOCHROME2' });
    expect([...image.samples]).toEqual([12, 195]);
    const skin = await encodeImage(png, record('photo of skin'), description, 0, format);
    expect((await readImage(skin.blob)).channels).toBe(3);
    if (format === 'nifti') return;
    // Timezone Offset From UTC (0008,0201), for dates are in UTC.
    const text = new TextDecoder('latin1').decode(await xray.blob.arrayBuffer());
    expect(text).toContain('\x08\x00\x01\x02SH\x06\x00+0000 ');
  },
);
