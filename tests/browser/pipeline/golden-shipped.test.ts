import { expect, test } from 'vitest';
import { compareWithGolden, type Golden } from '../../golden';
import { compareWithGoldenVolume, type GoldenVolume } from '../../golden-volume';
import { loadShipped } from './shipped-model';

// Written beside the shipped weights; where it is there, they must be there too.
const [fixture] = Object.values(
  import.meta.glob<Golden>('../../fixtures/shipped.json', { import: 'default' }),
);
const [volumeFixture] = Object.values(
  import.meta.glob<GoldenVolume>('../../fixtures/shipped-volume.json', { import: 'default' }),
);
test.skipIf(!fixture).each([
  ['as it is exported', undefined],
  ['with fewer multiplications', 'cpuGraph' as const],
])(
  'the shipped model, %s, gives the latents and the pixels of its Python run',
  async (_, twin) => {
    const golden = await fixture();
    const model = await loadShipped(golden.request.modelId, { twin });
    const { latentsError, pixelDifferences } = await compareWithGolden(model, golden);
    await model.release();

    // A full run's bound; measured 7e-7 and no differing pixel with untrained weights.
    expect(latentsError).toBeLessThanOrEqual(2e-3);
    const withinOne = pixelDifferences.filter((difference) => difference <= 1).length;
    expect(withinOne / pixelDifferences.length).toBeGreaterThanOrEqual(0.99);
    expect(Math.max(...pixelDifferences)).toBeLessThanOrEqual(4);
  },
  180_000,
);

test.skipIf(!volumeFixture)(
  'the shipped model of volumes gives the latents and the voxels of its Python run',
  async () => {
    const golden = await volumeFixture();
    const model = await loadShipped(golden.request.modelId);
    const compared = await compareWithGoldenVolume(model, golden);
    await model.release();

    expect(compared.latentsError).toBeLessThanOrEqual(2e-3);
    expect(compared.imageDifference).toBeLessThanOrEqual(1);
    expect(compared.labelsDiffering).toBeLessThanOrEqual(0.002);
  },
  180_000,
);
