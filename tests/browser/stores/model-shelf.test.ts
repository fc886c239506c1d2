import { expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { appError } from '../../../src/errors';
import { ModelShelfState, type ModelKeeper } from '../../../src/views/models/model-shelf.svelte';
import { ModelState, type ModelLoader } from '../../../src/views/studio/state/model.svelte';
import ModelsDialog from '../../../src/views/models/ModelsDialog.svelte';
import type { StoredModel } from '../../../src/contract/download';
import type { GenerationProgress } from '../../../src/contract/picture';
import { endless, fakeClient } from '../views/ui-fakes';

function storedModel(change: Partial<StoredModel> = {}): StoredModel {
  return {
    modelId: 'toy',
    title: 'Toy',
    version: '1.2',
    summary: 'A toy.',
    changes: [],
    licence: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    state: 'installed',
    bytes: 58e6,
    storedBytes: 58e6,
    hash: 'ab'.repeat(32),
    unverifiedFiles: [],
    installedAt: new Date('2026-01-02'),
    lastUsedAt: null,
    source: 'own',
    requirements: { features: [], maxBufferBytes: 0, peakMemoryBytes: 0 },
    ...change,
  };
}

/** A keeper of these models whose every act succeeds at once; a test replaces the verb it is about. */
function fakeKeeper(models: StoredModel[], change: Partial<ModelKeeper> = {}): ModelKeeper {
  return {
    models: async () => models,
    install: async () => undefined,
    remove: async () => undefined,
    dropDamaged: async () => [],
    sideload: async () => [{ modelId: 'toy', version: '1', replaced: null }],
    exportToFolder: async () => undefined,
    exportToZip: async () => new Blob(['zip']),
    ...change,
  };
}

const NO_STUDIO = { modelId: '', progress: null, stop: vi.fn(), resume: vi.fn(), change: vi.fn() };

async function openShelf(models: StoredModel[], change: Partial<ModelKeeper> = {}) {
  const shelf = new ModelShelfState(fakeKeeper(models, change), NO_STUDIO);
  await render(ModelsDialog, { shelf, onclose: () => undefined });
  await shelf.refresh();
  return shelf;
}

const DOWNLOAD: GenerationProgress = {
  ...{ stage: 'download', bytesDone: 29e6, bytesTotal: 58e6, msLeft: 5000, bytesPerSecond: 6e6 },
};

test('a model lists what its versions have changed', async () => {
  const changes = [{ version: '1.2', date: '2026-11-27', text: 'Sharper toys.' }];
  await openShelf([storedModel({ changes }), storedModel({ modelId: 'plain', title: 'Plain' })]);
  const toy = page.getByRole('region', { name: 'Toy' });
  await toy.getByText('What has changed').click();
  await expect.element(toy.getByText('Sharper toys.')).toBeVisible();
  const plain = page.getByRole('region', { name: 'Plain' });
  expect(plain.getByText('What has changed').elements()).toEqual([]);
});

test('an installed model shows what it is, and can be verified, exported and deleted', async () => {
  const remove = vi.fn(async () => undefined);
  await openShelf([storedModel()], { remove });
  const row = page.getByRole('region', { name: 'Toy' });
  for (const text of ['58.0 MB', 'MIT', 'ab'.repeat(32), 'last used never']) {
    await expect.element(row.getByText(text).first()).toBeVisible();
  }
  await row.getByRole('button', { name: 'Verify now' }).click();
  await expect.element(row.getByText(/is whole/)).toBeVisible();
  await row.getByRole('button', { name: 'Delete (58.0 MB)' }).click();
  expect(remove).toHaveBeenCalledWith('toy');
  await expect.element(row.getByText('Toy is deleted.')).toBeVisible();
});

test('a download shows bytes, speed and time left, and a pause keeps what came', async () => {
  const remove = vi.fn(async () => undefined);
  const install = vi.fn((_id: string, job: Parameters<ModelKeeper['install']>[1]) =>
    endless(DOWNLOAD)(job),
  );
  await openShelf([storedModel({ state: 'partial', storedBytes: 29e6 })], { install, remove });
  const row = page.getByRole('region', { name: 'Toy' });
  await expect.element(row.getByText('of which 29.0 MB are here')).toBeVisible();
  await row.getByRole('button', { name: 'Resume (29.0 MB)' }).click();
  await expect.element(row.getByText('29.0 MB of 58.0 MB · 6.0 MB/s · 5.0 s left')).toBeVisible();
  await row.getByRole('button', { name: 'Pause' }).click();
  await expect.element(row.getByRole('button', { name: /^Resume/ })).toBeVisible();
  expect(remove).not.toHaveBeenCalled();
  expect(page.getByRole('alert').elements()).toEqual([]);

  await row.getByRole('button', { name: /^Resume/ }).click();
  await row.getByRole('button', { name: 'Cancel' }).click();
  await expect.poll(() => remove.mock.calls).toEqual([['toy']]);
});

test('a damaged shard is fetched again and named', async () => {
  const install = vi.fn(async () => undefined);
  const shelf = await openShelf([storedModel()], {
    install,
    dropDamaged: async () => ['unet-0.bin'],
  });
  await shelf.verify(storedModel());
  expect(install).toHaveBeenCalledOnce();
  await expect.element(page.getByText('Damaged and fetched again: unet-0.bin.')).toBeVisible();
});

test('a failure stays in the row of its model', async () => {
  const shelf = await openShelf([storedModel()], {
    dropDamaged: () => Promise.reject(appError('NetworkFailed', 'The wire is cut.')),
  });
  await shelf.verify(storedModel());
  const row = page.getByRole('region', { name: 'Toy' });
  await expect.element(row.getByRole('alert')).toHaveTextContent('The wire is cut.');
});

test('a model that cannot fit says why and cannot be downloaded', async () => {
  const shelf = await openShelf([
    storedModel({ state: 'absent', storedBytes: 0, bytes: 2.3e9, title: 'Large' }),
  ]);
  shelf.device = { freeBytes: 1.1e9, memoryBytes: null, gpu: null };
  const row = page.getByRole('region', { name: 'Large' });
  await expect.element(row.getByText(/needs 2\.30 GB of storage, 1\.10 GB is free/)).toBeVisible();
  await expect.element(row.getByRole('button', { name: /^Download/ })).toBeDisabled();
});

test('files without a published hash are called unverified, and odd licence links are no links', async () => {
  const licence = { name: 'Mine', url: 'javascript:alert(1)' };
  await openShelf([storedModel({ unverifiedFiles: ['unet.onnx'], licence })]);
  await expect.element(page.getByText(/Unverified: .*unet\.onnx/)).toBeVisible();
  expect(page.getByRole('link', { name: 'Mine' }).elements()).toEqual([]);
});

test('picked files go to the store, and the outcome is said', async () => {
  const sideload = vi.fn(async () => [
    { modelId: 'toy', version: '1', replaced: null },
    { modelId: 'toy-2', version: '5', replaced: { version: '4' } },
  ]);
  const shelf = await openShelf([], { sideload });
  const files = [{ path: 'toy.zip', file: new File(['x'], 'toy.zip') }];
  await shelf.sideload(files);
  expect(sideload).toHaveBeenCalledWith(files, expect.anything());
  const said = 'Installed from the package: toy, toy-2 (version 5, before: 4).';
  await expect.element(page.getByText(said)).toBeVisible();
});

test("the studio's own download shows in the list and can be paused there", async () => {
  const model = new ModelState(
    fakeClient({ install: (_id, job) => endless(DOWNLOAD)(job) }),
    'toy',
  );
  const shelf = new ModelShelfState(fakeKeeper([storedModel({ state: 'partial' })]), {
    modelId: 'toy',
    get progress() {
      return model.progress;
    },
    stop: () => model.stop(),
    resume: () => model.load('auto'),
    change: () => undefined,
  });
  await render(ModelsDialog, { shelf, onclose: () => undefined });
  await shelf.refresh();
  void model.load('auto');
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect.element(page.getByRole('button', { name: /^Resume/ })).toBeVisible();
  expect(model.phase).toBe('idle');
  expect(model.error).toBeNull();
});

test('a model that the browser will not keep is used for this session, and the reason is kept', async () => {
  const full = appError('QuotaExceeded', 'No room.');
  const prepare = vi.fn((...args: Parameters<ModelLoader['prepare']>) =>
    fakeClient().prepare(...args),
  );
  const model = new ModelState(fakeClient({ install: () => Promise.reject(full), prepare }), 'toy');
  await model.load('auto');
  expect(prepare).toHaveBeenCalledOnce();
  expect(model.phase).toBe('ready');
  expect(model.notKept).toBe(full);
});

test("a worker's report that comes after its answer does not bring the job back", async () => {
  let report: (progress: GenerationProgress) => void = () => undefined;
  const shelf = await openShelf([storedModel()], {
    dropDamaged: async (_id, { onProgress }) => {
      report = onProgress;
      return [];
    },
  });
  await shelf.verify(storedModel());
  report({ stage: 'verify', bytesDone: 1, bytesTotal: 1 });
  expect(shelf.job).toBeNull();
});

test('what this page may not fetch is left to the page that may, or to the package', async () => {
  const far = storedModel({ state: 'absent', storedBytes: 0, source: { host: 'models.example' } });
  const install = vi.fn(async () => undefined);
  const dropDamaged = async () => ['unet-0.bin'];
  const shelf = await openShelf([far], { install, dropDamaged });
  await expect
    .element(page.getByRole('link', { name: 'Fetch from models.example on another page' }))
    .toHaveAttribute('href', 'models.html');
  expect(page.getByRole('button', { name: /^Download/ }).elements()).toEqual([]);
  await shelf.verify(storedModel({ source: 'package' }));
  expect(shelf.outcome?.sentence).toContain('Drop the package here again');
  expect(install).not.toHaveBeenCalled();
});

test('another installed model can be chosen, the one in use cannot', async () => {
  const change = vi.fn();
  const models = [storedModel(), storedModel({ modelId: 'toy-2', title: 'Toy 2' })];
  const shelf = new ModelShelfState(fakeKeeper(models), { ...NO_STUDIO, modelId: 'toy', change });
  await render(ModelsDialog, { shelf, onclose: () => undefined });
  await shelf.refresh();
  const use = page.getByRole('button', { name: 'Use in the studio' });
  await use.click();
  expect(change).toHaveBeenCalledExactlyOnceWith('toy-2');
  expect(use.elements()).toHaveLength(1);
});

test('what one tab installs or deletes is so in the list of another', async () => {
  const channel = `models-${crypto.randomUUID()}`;
  let stored = [storedModel()];
  const keeper = fakeKeeper([], {
    models: async () => stored,
    remove: async () => void (stored = [storedModel({ state: 'absent' })]),
  });
  const [a, b] = [0, 1].map(() => new ModelShelfState(keeper, NO_STUDIO, channel));
  await Promise.all([a.refresh(), b.refresh()]);
  expect(b.models[0].state).toBe('installed');
  await a.remove(stored[0]);
  await expect.poll(() => b.models[0].state).toBe('absent');
});
