import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelManifest } from '../../../src/models/manifest/manifest';
import { SHIPPED, test as base, TINY_MODEL } from '../app';

/** `url`: the built app with the fixture model and a second one, "Second model", of the same files and other standard steps. */
export const test = base.extend<{ url: string }>({
  url: async ({ serve }, use) => {
    const place = await mkdtemp(join(tmpdir(), 'phantoscope-two-models-'));
    await cp(TINY_MODEL, place, { recursive: true });
    const path = join(place, 'model-manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8')) as ModelManifest;
    const [tiny] = manifest.models;
    const second = {
      ...{ ...tiny, id: 'second', title: 'Second model' },
      defaults: { ...tiny.defaults, numInferenceSteps: 3, guidanceScale: 1 },
    };
    await writeFile(path, JSON.stringify({ ...manifest, models: [tiny, second] }));
    const { url } = await serve([{ prefix: '/', folder: place }, ...SHIPPED]);
    await use(url);
    await rm(place, { recursive: true });
  },
});
