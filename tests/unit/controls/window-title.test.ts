import { describe, expect, test } from 'vitest';
import { windowTitle } from '../../../src/controls/viewer/window-title';
import { texts } from '../../../src/controls/texts';
import type { DecodedImage, Window } from '../../../src/image/decoded-image';
import { windowPresets } from '../../../src/image/window-level';

const WINDOW: Window = { centre: 2, width: 4, shape: 'LINEAR' };

const imageOf = (unit: string, windows: Window[] = []) =>
  ({
    width: 2,
    height: 2,
    channels: 1,
    bits: 12,
    samples: new Int16Array([0, 1, 2, 3]),
    rescale: { slope: 1, intercept: 0, unit },
    windows,
    padding: null,
    facts: {},
  }) as unknown as DecodedImage;

describe('every window that is offered has a name in the catalogue', () => {
  test.each(['HU', 'x-ray', 'MR', 'ultrasound', 'microscopy', 'skin'])('%s', (modality) => {
    const offered = windowPresets(imageOf(modality === 'HU' ? 'HU' : ''), modality);
    for (const { id } of offered) expect(Object.keys(texts.windows)).toContain(id);
  });
});

test('the windows of a file are numbered where there are several', () => {
  const one = windowPresets(imageOf('', [WINDOW]), 'MR');
  expect(windowTitle(one[0].id, one)).toBe('As in the file');
  const two = windowPresets(imageOf('', [WINDOW, WINDOW]), 'MR');
  expect(windowTitle(two[1].id, two)).toBe('As in the file (2)');
  expect(windowTitle('full', two)).toBe('Full range');
});
