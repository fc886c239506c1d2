import { expect, test } from 'vitest';
import { completeEntry, labelIn, statedEntry } from '../../../src/models/manifest/generator';
import { modelHash } from '../../../src/models/manifest/located-model';
import type { GeneratorEntry, ModelManifest } from '../../../src/models/manifest/manifest';
import { validateManifest } from '../../../src/models/manifest/validate-manifest';
import { sha256Hex } from '../../../src/models/manifest/verify';
import { readFixture } from '../diffusion/fixture-package';

function stated(): ModelManifest {
  return readFixture('tiny-generators', 'model-manifest.json') as ModelManifest;
}

test('what an entry leaves out follows from its few facts, and is left out again of what is hashed and exported', async () => {
  const json = JSON.stringify(stated().models[2]);
  const entry = validateManifest(stated()).models[2];
  expect(entry).toMatchObject({
    image: { width: 32, height: 32 },
    conditions: { covariates: [], initImage: false, mask: { channels: 1, size: 32 } },
    components: { generator: { inputs: { mask: { shape: ['batch', 1, 32, 32] } } } },
  });
  expect(entry.examples.map(({ prompt }) => prompt)).toEqual(['fluorescence', 'histology']);
  const once = structuredClone(entry);
  completeEntry(entry);
  expect(entry).toEqual(once);
  // The order of keys may differ: the hash is of these facts and no others.
  expect(statedEntry(entry)).toEqual(JSON.parse(json));
  const half = structuredClone(entry) as GeneratorEntry;
  half.components.generator.halfGraph = half.components.generator.graph;
  expect(statedEntry(half), 'no package holds it').toEqual(JSON.parse(json));
  expect(await modelHash(entry)).toBe(
    await sha256Hex(new TextEncoder().encode(JSON.stringify(statedEntry(entry)))),
  );
  expect(() => validateManifest({ ...stated(), models: [statedEntry(entry)] })).toThrow(
    /defaultModel is "tiny-cgan"/, // and nothing before that
  );
});

test.each([
  ['a kind that nobody knows', { kind: 'oracle' }, /kind/],
  ['steps', { defaults: { numInferenceSteps: 4 } }, /defaults/],
  ['two channels', { generator: { ...facts(), channels: 2 } }, /generator\/channels/],
  ['no labels', { generator: { ...facts(), labels: [] } }, /generator\/labels/],
  ['a label twice', { generator: { ...facts(), labels: ['A', 'a '] } }, /labels are the same/],
  ['no method', { generator: { ...facts(), method: ' ' } }, /generator\/method/],
])('%s in an entry is ManifestInvalid', (_, change, message) => {
  const manifest = stated();
  Object.assign(manifest.models[0], change);
  const act = () => validateManifest(manifest);
  expect(act).toThrow(expect.objectContaining({ name: 'ManifestInvalid' }));
  expect(act).toThrow(message);
});

function facts() {
  return (stated().models[0] as GeneratorEntry).generator;
}

test('a prompt of another model names a label by its words', () => {
  const labels = ['normal', 'pneumonia', 'viral pneumonia'];
  expect(labelIn(labels, 'Viral Pneumonia')).toBe('viral pneumonia');
  expect(labelIn(labels, 'frontal chest x-ray, viral pneumonia, AP view')).toBe('viral pneumonia');
  expect(labelIn(labels, 'chest x-ray with pneumonia')).toBe('pneumonia');
  expect(labelIn(labels, 'an abnormal chest x-ray')).toBeUndefined();
  expect(labelIn(labels, '')).toBeUndefined();
});
