import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { modelFiles } from '../../../src/models/manifest/model-files';
import { validateManifest } from '../../../src/models/manifest/validate-manifest';

const MOST_BYTES = 25e6;
const root = new URL('../../../', import.meta.url);
const { models } = validateManifest(
  JSON.parse(readFileSync(new URL('rivals-manifest.json', root), 'utf8')),
);

test('three existing methods or more lie beside the page, of both tasks, small and whole', () => {
  expect(models.length).toBeGreaterThanOrEqual(3);
  expect(new Set(models.map(({ id }) => id.split('-')[1]))).toEqual(new Set(['chest', 'nuclei']));
  for (const entry of models) {
    expect(entry.kind).toBe('generator');
    for (const { bytes, shards } of modelFiles(entry)) {
      expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
      for (const { path, sha256 } of shards) {
        const file = readFileSync(new URL(`public/${entry.baseUrl}${path}`, root));
        expect(createHash('sha256').update(file).digest('hex')).toBe(sha256);
      }
    }
  }
});

test('the licence of each is that of the images it was trained on', () => {
  for (const { id, summary, licence } of models) {
    const [, task] = id.split('-');
    expect(licence.name).toMatch(task === 'nuclei' ? /^CC0 1\.0/ : /^CC BY 4\.0/);
    expect(summary).toContain(licence.name.startsWith('CC0') ? 'CC0' : 'CC BY 4.0');
  }
});

test('none of them is in the app’s own list: a first visit does not see them', () => {
  const own = validateManifest(
    JSON.parse(readFileSync(new URL('model-manifest.json', root), 'utf8')),
  );
  const ids = own.models.map(({ id }) => id);
  expect(models.filter(({ id }) => ids.includes(id))).toEqual([]);
});
