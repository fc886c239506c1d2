import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test as base, TINY_MODEL } from './app';

const ROOT = resolve(import.meta.dirname, '../..');

/** `place`: the fixture model beside the shipped networks that judge pictures, in a folder that is gone after the test. */
export const test = base.extend<{ place: string }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameter's shape
  place: async ({}, use) => {
    const place = await mkdtemp(join(tmpdir(), 'phantoscope-networks-'));
    await cp(TINY_MODEL, place, { recursive: true });
    const [tiny, shipped] = await Promise.all(
      [TINY_MODEL, ROOT].map(async (folder) => {
        const text = await readFile(join(folder, 'model-manifest.json'), 'utf8');
        return JSON.parse(text) as { evaluation?: unknown };
      }),
    );
    const both = JSON.stringify({ ...tiny, evaluation: shipped.evaluation });
    await writeFile(join(place, 'model-manifest.json'), both);
    await use(place);
    await rm(place, { recursive: true });
  },
});
