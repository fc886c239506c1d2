import { expect, test } from 'vitest';
import {
  RemoteModelsState,
  type RemoteSource,
} from '../../../src/views/models/remote-models.svelte';
import type { ModelManifest } from '../../../src/models/manifest/manifest';
import { UpdateState } from '../../../src/shell/update.svelte';
import golden from '../../fixtures/tiny-model/model-manifest.json';
import { endless } from '../views/ui-fakes';

const manifest = golden as unknown as ModelManifest;

function source(change: Partial<ReturnType<RemoteSource['installerFor']>> = {}): RemoteSource {
  const installed = new Set<string>();
  return {
    loadManifest: () => Promise.resolve(manifest),
    hostOf: () => 'models.test',
    installerFor: () => ({
      install: async (modelId) => void installed.add(modelId),
      isInstalled: async (modelId) => installed.has(modelId),
      dispose: () => undefined,
      ...change,
    }),
  };
}

test('a manifest is listed with its hosts, and what is fetched counts as installed', async () => {
  const remote = new RemoteModelsState(source());
  await remote.open('https://models.test/model-manifest.json');
  expect(remote.models).toMatchObject([{ host: 'models.test', installed: false }]);
  expect(remote.models[0].bytes).toBeGreaterThan(100_000);

  await remote.install(remote.models[0]);
  expect(remote.models[0].installed).toBe(true);
  expect(remote.fetching).toBeNull();
});

test('a fetch can be cancelled, which is no error', async () => {
  const install = (_id: string, options: Parameters<ReturnType<typeof endless>>[0]) =>
    endless({ stage: 'queued' })(options);
  const remote = new RemoteModelsState(source({ install }));
  await remote.open('https://models.test/model-manifest.json');

  const fetching = remote.install(remote.models[0]);
  expect(remote.fetching).toBe(manifest.models[0].id);
  remote.cancel();
  await fetching;

  expect(remote).toMatchObject({ fetching: null, error: null });
});

test('a manifest that cannot be had is said, and the list stays', async () => {
  const broken = source();
  const remote = new RemoteModelsState(broken);
  await remote.open('https://models.test/model-manifest.json');
  broken.loadManifest = () => Promise.reject(new Error('no answer'));

  await remote.open('https://gone.test/model-manifest.json');

  expect(remote.error?.message).toBe('no answer');
  expect(remote.models).toHaveLength(1);
});

test('an update is offered once, and comes only when it is asked for', () => {
  let found = () => undefined as void;
  let numReloads = 0;
  const update = new UpdateState({
    onUpdate: (listener) => (found = listener),
    update: () => void numReloads++,
  });
  expect(update.phase).toBe('none');

  found();
  expect(update.phase).toBe('ready');
  update.ask();
  found(); // a still newer one changes nothing
  expect([update.phase, numReloads]).toEqual(['asked', 0]);
  update.apply();
  expect(numReloads).toBe(1);
});
