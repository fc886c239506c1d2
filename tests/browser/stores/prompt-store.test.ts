import { deleteDB } from 'idb';
import { afterEach, expect, test } from 'vitest';
import { createMemoryRecords } from '../../../src/common/records';
import { PrivateStore } from '../../../src/crypto/private-store';
import { Vault } from '../../../src/crypto/vault';
import { PromptStore, settingsOf, type PromptRecord } from '../../../src/gallery/prompt-store';
import { remember } from '../../../src/views/studio/prompts/kept-prompts';
import { fakeRequest } from '../views/ui-fakes';
import { dumpDatabases } from './vault-dump';

const [VAULT, NAME] = ['prompt-vault-test', 'prompt-store-test'];
const open: { close(): void }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) one.close();
  await Promise.all([deleteDB(VAULT), deleteDB(NAME)]);
});

const asked = (prompt: string, steps = 4) =>
  settingsOf({ ...fakeRequest(), prompt, numInferenceSteps: steps });

test('fifty prompts are remembered, the newest first, each once and with its last settings', async () => {
  const store = new PromptStore(createMemoryRecords<PromptRecord>());
  for (let i = 0; i < 52; i++) await store.remember(asked(`prompt ${i}`));
  await store.remember(asked('prompt 50', 9));
  const used = (await store.history()).map(({ settings }) => settings);
  expect(used).toHaveLength(50);
  expect(used.slice(0, 3).map(({ prompt }) => prompt)).toEqual([
    'prompt 50',
    'prompt 51',
    'prompt 49',
  ]);
  expect(used[0].numInferenceSteps).toBe(9);
  expect(used.at(-1)!.prompt).toBe('prompt 2');
  await store.clearHistory();
  expect(await store.history()).toEqual([]);
});

test('two that are remembered at once are both there', async () => {
  const store = new PromptStore(createMemoryRecords<PromptRecord>());
  await Promise.all([store.remember(asked('one')), store.remember(asked('two'))]);
  expect(await store.history()).toHaveLength(2);
});

test('encrypted, neither prompt nor preset lies in the clear, and locked none is remembered', async () => {
  const vault = await Vault.open(VAULT);
  const records = await PrivateStore.open<PromptRecord>(NAME, vault);
  open.push(vault, records);
  await vault.protect([records]);
  const store = new PromptStore(records);
  await store.remember(asked('knee of Jane Doe'));
  await store.addPresets([{ title: 'Doe family', settings: asked('hip of John Doe') }]);
  expect(await dumpDatabases([VAULT, NAME])).toContain('Doe'); // the dump would find it

  await vault.turnOn('correct horse battery');
  const [preset] = await store.presets();
  await store.renamePreset(preset.id, 'Does');
  expect(await dumpDatabases([VAULT, NAME])).not.toContain('Doe');
  expect(await store.presets()).toMatchObject([{ title: 'Does' }]);

  vault.lock('this tab');
  await remember(records, { ...fakeRequest(), prompt: 'drawn while locked' }); // no error, and no record
  await expect(store.history()).rejects.toMatchObject({ name: 'Locked' });
  await vault.unlock('correct horse battery');
  expect((await store.history()).map(({ settings }) => settings.prompt)).toEqual([
    'knee of Jane Doe',
  ]);
  await store.removePreset(preset.id);
  await store.renamePreset(preset.id, 'gone stays gone');
  expect(await store.presets()).toEqual([]);
});
