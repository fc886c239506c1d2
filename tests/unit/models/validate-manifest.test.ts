import { expect, test } from 'vitest';
import { validateManifest } from '../../../src/models/manifest/validate-manifest';
import { toyManifest } from './toy-manifest';

function changed(change: (manifest: ReturnType<typeof toyManifest>) => void) {
  const manifest = toyManifest();
  change(manifest);
  return () => validateManifest(manifest);
}

test('a right manifest passes unchanged', () => {
  expect(validateManifest(toyManifest())).toEqual(toyManifest());
});

test.each([
  ['no object', 42],
  ['an empty object', {}],
  ['another schema version', { ...toyManifest(), schemaVersion: 2 }],
  ['no models', { ...toyManifest(), models: [] }],
])('%s is ManifestInvalid', (_, value) => {
  expect(() => validateManifest(value)).toThrow(
    expect.objectContaining({ name: 'ManifestInvalid' }),
  );
});

test('the message names the place and what was expected', () => {
  const act = changed((manifest) => (manifest.models[0].components.unet.graph.bytes = -1));
  expect(act).toThrow(/\/models\/0\/components\/unet\/graph\/bytes: -1 is less than 1/);
});

test('a misspelt key is refused by name', () => {
  const act = changed((manifest) => Object.assign(manifest.models[0], { tittle: 'x' }));
  expect(act).toThrow(/\/models\/0\/tittle is not a key of this format/);
});

test.each(['../secret', 'https://example.org/x', '/x', 'a\\b'])(
  'a shard cannot point outside its model: %s',
  (path) => {
    const act = changed((manifest) => (manifest.models[0].tokenizer.file.shards[0].path = path));
    expect(act).toThrow(/path: String does not match pattern, expected \^/);
  },
);

test('a shard is at most 32 MiB', () => {
  const act = changed((manifest) => {
    const { file } = manifest.models[0].tokenizer;
    file.bytes = file.shards[0].bytes = 32 * 1024 * 1024 + 1;
  });
  expect(act).toThrow(/33554433 is greater than 33554432/);
});

test('shards must add up to their file', () => {
  const act = changed((manifest) => (manifest.models[0].tokenizer.file.bytes += 1));
  expect(act).toThrow(/tokenizer\.json hold 4 bytes, expected 5/);
});

test('the default model must exist, once', () => {
  expect(changed((manifest) => (manifest.defaultModel = 'other'))).toThrow(/expected one of toy/);
  expect(changed((manifest) => manifest.models.push(manifest.models[0]))).toThrow(/one id/);
});

test('two schedulers need two ids, and two of one type may have them', () => {
  const withSecond = (id?: string) =>
    changed(({ models: [{ schedulers }] }) =>
      schedulers.push({ ...schedulers[0], ...(id && { id }) }),
    );
  expect(withSecond()).toThrow(/two schedulers have one id \(flow-match-euler, flow-match-euler\)/);
  expect(withSecond('other')).not.toThrow();
});

test('a scheduler must be one that there is', () => {
  const named = (type: string) =>
    changed(({ models: [{ schedulers }] }) => Object.assign(schedulers[0], { type }));
  expect(named('pndm')).toThrow(/default scheduler/); // known, but the defaults name another
  expect(named('heun')).toThrow(
    /no scheduler of type heun, expected one of flow-match-euler, ddim/,
  );
  expect(named('toString')).toThrow(/no scheduler of type|String does not match pattern/);
});

test('the default scheduler is named by its id', () => {
  const named = (scheduler: string) =>
    changed(({ models: [model] }) => {
      model.schedulers[0].id = 'mine';
      model.defaults.scheduler = scheduler;
    });
  expect(named('mine')).not.toThrow();
  expect(named('flow-match-euler')).toThrow(
    /default scheduler is flow-match-euler, expected one of mine/,
  );
});

test('what a UNet is told by a second text encoder needs one that says it', () => {
  const withSecond = (outputs: string[] | null) =>
    changed(({ models: [model] }) => {
      const { components } = model;
      const value = { name: 'x', dtype: 'float32' as const, shape: ['batch', 4] };
      components.unet.inputs.pooledEmbeds = value;
      if (!outputs) return;
      const named = Object.fromEntries(outputs.map((role) => [role, value]));
      components.textEncoder2 = { ...components.textEncoder, outputs: named };
    });
  expect(withSecond(null)).toThrow(/expected a component textEncoder2/);
  expect(withSecond(['promptEmbeds'])).toThrow(
    /the outputs promptEmbeds, expected promptEmbeds and/,
  );
  expect(withSecond(['promptEmbeds', 'pooledEmbeds'])).not.toThrow();
});

test('the preview projection must fit the latents', () => {
  const act = changed((manifest) => (manifest.models[0].preview.weights = [[1, 2]]));
  expect(act).toThrow(/3 rows of 5 numbers/);
});

test('what was measured of a covariate passes, and half of it does not', () => {
  const measured = {
    ...{
      range: [60, 96] as [number, number],
      effect: 0.6,
      interval: [0.5, 0.7] as [number, number],
    },
    ...{ n: 200, unit: 'years', measure: 'the width of the ventricles' },
  };
  const age = {
    ...{ name: 'age', title: 'Age', unit: 'years', min: 0, max: 120, step: 1, help: '' },
    ...{ appliesTo: [], measured },
  };
  const withAge = (change: object) =>
    changed(({ models: [model] }) => {
      const found = JSON.stringify({ ...measured, ...change });
      model.conditions.covariates = [{ ...age, measured: JSON.parse(found) as typeof measured }];
    });
  expect(withAge({})).not.toThrow();
  expect(withAge({ effect: 1.2 })).toThrow(/effect: 1\.2 is greater than 1/);
  expect(withAge({ range: [60] })).toThrow(/range: Array has too few items \(1 < 2\)/);
  expect(withAge({ n: undefined })).toThrow(/required property "n"/);
});
