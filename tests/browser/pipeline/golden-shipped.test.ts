import { expect, test } from 'vitest';
import { loadModel } from '../../../src/diffusion/load-model';
import { wasmBackend } from '../../../src/models/runtime/backend';
import { diffusionEntry } from '../../../src/models/manifest/generator';
import { findModel, modelBaseUrl } from '../../../src/models/manifest/located-model';
import { loadManifest } from '../../../src/models/manifest/load-manifest';
import type { ModelFile } from '../../../src/models/manifest/manifest';
import { openComponent } from '../../../src/models/runtime/open-component';
import { compareWithGolden, type Golden } from '../../golden';
import { compareWithGoldenVolume, type GoldenVolume } from '../../golden-volume';

// Written beside the shipped weights; where it is there, they must be there too.
const [fixture] = Object.values(
  import.meta.glob<Golden>('../../fixtures/shipped.json', { import: 'default' }),
);
const [volumeFixture] = Object.values(
  import.meta.glob<GoldenVolume>('../../fixtures/shipped-volume.json', { import: 'default' }),
);
const MANIFEST_URL = new URL('/model-manifest.json', location.href).href;

/** A file of the package as the build ships it. */
async function readFrom(baseUrl: string, { name, bytes, shards }: ModelFile): Promise<Blob> {
  const parts = shards.map(async ({ path }) => (await fetch(baseUrl + path)).blob());
  const file = new Blob(await Promise.all(parts));
  // The test server answers with a page where it has no file.
  if (file.size !== bytes) {
    throw new Error(`${name} is not in ${baseUrl} (expected ${bytes} bytes, got ${file.size}).`);
  }
  return file;
}

async function loadShipped(modelId: string) {
  const entry = diffusionEntry(findModel(await loadManifest(MANIFEST_URL), modelId), 'this test');
  const readFile = (file: ModelFile) => readFrom(modelBaseUrl(MANIFEST_URL, entry), file);
  const backend = wasmBackend('For comparison.');
  return loadModel({
    entry,
    tokenizerJson: await (await readFile(entry.tokenizer.file)).text(),
    tokenizerConfigJson: await (await readFile(entry.tokenizer.config)).text(),
    createSession: (name, component) => openComponent(name, component, readFile, backend),
  });
}

test.skipIf(!fixture)(
  'the shipped model gives the latents and the pixels of its Python run',
  async () => {
    const golden = await fixture();
    const model = await loadShipped(golden.request.modelId);
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
