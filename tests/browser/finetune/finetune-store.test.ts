import { deleteDB } from 'idb';
import { afterEach, expect, test } from 'vitest';
import { PrivateStore } from '../../../src/crypto/private-store';
import { Vault } from '../../../src/crypto/vault';
import { FinetuneStore, newRun, type FinetuneRecord } from '../../../src/finetune/finetune-store';
import { DEFAULT_SETTINGS, type Checkpoint } from '../../../src/finetune/run';
import { dumpDatabases } from '../stores/vault-dump';

const [VAULT, NAME] = ['finetune-vault-test', 'finetune-store-test'];
const CAPTION = 'knee of Jane Doe';
const open: { close(): void }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) one.close();
  await Promise.all([deleteDB(VAULT), deleteDB(NAME)]);
});

const floats = (...values: number[]) => Float32Array.from(values);

function checkpointAt(step: number): Checkpoint {
  return {
    ...{ step, layout: [{ name: 'lora.a.up', dims: [1, 2], offset: 0, count: 2 }] },
    ...{
      parameters: floats(1, 2),
      average: floats(3, 4),
      first: floats(5, 6),
      second: floats(7, 8),
    },
    best: { step: 1, heldOutLoss: 0.5, average: floats(9, 10) },
    ...{ sinceBest: 1, history: [{ step: 1, loss: 1 }], msTraining: 10 },
  };
}

test('a run comes back whole through encryption, and nothing of it lies in the clear', async () => {
  const vault = await Vault.open(VAULT);
  const records = await PrivateStore.open<FinetuneRecord>(NAME, vault);
  open.push(vault, records);
  await vault.protect([records]);
  const store = new FinetuneStore(records);
  const items = ['a', 'b', 'c'].map((name) => ({ name, caption: CAPTION, covariates: {} }));
  const run = newRun({ title: 'Knees', modelId: 'tiny', settings: DEFAULT_SETTINGS, items });
  await store.putRun(run);
  await store.keep(run, { kind: 'latents', index: 0, latents: floats(0.25, 0.5) });
  expect(await dumpDatabases([VAULT, NAME])).toContain(CAPTION); // the dump would find it

  await vault.turnOn('correct horse battery');
  await store.keep(run, { kind: 'skipped', index: 1, message: 'It is broken.' });
  await store.keep(run, { kind: 'checkpoint', checkpoint: checkpointAt(7) });
  await store.keep(run, { kind: 'prior', index: 1, latents: floats(0.75) });
  expect(await dumpDatabases([VAULT, NAME])).not.toContain(CAPTION);

  const job = await store.job((await store.run())!, 'wasm');
  expect(job.items).toEqual([
    { caption: CAPTION, covariates: {}, latents: floats(0.25, 0.5) },
    { caption: CAPTION, covariates: {}, skipped: 'It is broken.' },
    { caption: CAPTION, covariates: {} },
  ]);
  expect(job.checkpoint).toEqual(checkpointAt(7));
  expect(job.prior[1]).toEqual(floats(0.75));

  await store.removeRun(run.id);
  expect(await store.run()).toBeNull();
  expect(await records.count()).toBe(0);
});

test('locked, neither factors nor results of a run can be read, and both go with the tuned model', async () => {
  const vault = await Vault.open(VAULT);
  const records = await PrivateStore.open<FinetuneRecord>(NAME, vault);
  open.push(vault, records);
  await vault.protect([records]);
  await vault.turnOn('correct horse battery');
  const store = new FinetuneStore(records);
  const facts = { title: 'Knees', rank: 1 };
  const tuned = {
    id: 't',
    createdAt: new Date(),
    sha256: '',
    imported: false,
    facts,
    picture: null,
  };
  const factors = [{ name: 'lora.a.up', dims: [1, 2], data: floats(1, 2) }];
  await store.addTuned(tuned, factors);
  expect(await store.factors('t')).toEqual(factors);
  const png = new Blob(['pixels'], { type: 'image/png' });
  const result = {
    ...{ settings: DEFAULT_SETTINGS, history: [{ step: 1, loss: 1, heldOutLoss: 0.5 }] },
    samples: [{ step: 1, index: 0, prompt: CAPTION, png }],
    captions: [{ caption: CAPTION, count: 3 }],
    ...{ numHeldOut: 1, numSkipped: 0, msTraining: 10, pairs: null },
  };
  await store.putResult('t', result);
  expect(await dumpDatabases([VAULT, NAME])).not.toContain(CAPTION);
  const { samples, ...figures } = (await store.result('t'))!;
  expect(figures).toEqual({ ...result, samples: undefined });
  expect(await samples[0].png.text()).toBe('pixels');
  expect(await store.result('imported')).toBeNull();
  vault.lock('this tab');
  await expect(store.factors('t')).rejects.toMatchObject({ name: 'Locked' });
  await expect(store.result('t')).rejects.toMatchObject({ name: 'Locked' });
  expect(await records.ids('tuned/')).toEqual(['tuned/t']); // that there is one is no secret
  await vault.unlock('correct horse battery');
  await store.removeTuned('t');
  expect(await records.count()).toBe(0);
});
