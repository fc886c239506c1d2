import { beforeAll, expect, test } from 'vitest';
import type { DiffusionModel } from '../../../src/diffusion/model';
import { compareWithGolden, type Golden } from '../../golden';
import { loadFixturePackage, readFixture } from './fixture-package';

// The shipped model's golden run takes longer than unit tests may: tests/browser/pipeline/golden-shipped.test.ts.
const golden = readFixture('tiny-model', 'golden.json') as Golden;

let model: DiffusionModel;
beforeAll(async () => {
  model = await loadFixturePackage('tiny-model');
});

test('the whole pipeline gives the latents and the pixels of the Python run', async () => {
  const { latentsError, pixelDifferences } = await compareWithGolden(model, golden);
  // Measured 6.5e-7: float32 sums in another order. Ten times that.
  expect(latentsError).toBeLessThanOrEqual(7e-6);
  // Measured 0; rounding may fall on the other side.
  expect(Math.max(...pixelDifferences)).toBeLessThanOrEqual(1);
});
