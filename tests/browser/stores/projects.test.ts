import { expect, test } from 'vitest';
import { PrivateStore, type NamedCipher } from '../../../src/crypto/private-store';
import { createRecordCipher } from '../../../src/crypto/record-cipher';
import type { DatasetRecord } from '../../../src/dataset/dataset-store';
import { newProject } from '../../../src/project/project';
import { ProjectStore } from '../../../src/project/project-store';
import { ProjectList } from '../../../src/views/datasets/state/project-list.svelte';
import { fakeRecipe, freshName, openStore } from '../state/dataset-fakes';

/** Two lists with connections of their own to one database: two tabs. */
async function twoTabs() {
  const name = freshName();
  const [forA, forB] = [await openStore(name), await openStore(name)];
  const a = new ProjectList(new ProjectStore(forA.records), name);
  const b = new ProjectList(new ProjectStore(forB.records), name);
  return { a, b, records: forA.records, store: forA.store };
}

test('what one tab does to a project the other shows, and nothing is lost between them', async () => {
  const { a, b } = await twoTabs();
  await a.create('  Effusions  ');
  await expect.poll(() => b.all.map(({ title }) => title)).toEqual(['Effusions']);
  const { id } = a.all[0];
  b.show(id);
  await Promise.all([
    a.rename(id, 'Effusions, left'),
    b.change(id, { real: { setId: 'r1', title: 'scans', count: 3 } }),
  ]);
  await expect
    .poll(() => a.find(id))
    .toMatchObject({ title: 'Effusions, left', real: { count: 3 } });
  await expect.poll(() => b.shown?.title).toBe('Effusions, left');

  await a.remove(id);
  await expect.poll(() => b.shown).toBeNull();
  expect(b.shownId).toBeNull();
  await b.change(id, { title: 'Back from the dead' });
  expect(b.all).toEqual([]); // gone stays gone
});

test('projects lie beside data sets and are none, and deleting one leaves them alone', async () => {
  const { a, store, records } = await twoTabs();
  await a.create('Effusions');
  const set = { ...newSet('s1'), recipe: fakeRecipe(2) };
  await store.putSet(set);
  await a.noteMaking(a.all[0].id, set);
  expect((await store.sets()).map(({ id }) => id)).toEqual(['s1']);
  expect(a.ofSet('s1')?.title).toBe('Effusions');
  expect(a.ofSet('s2')).toBeNull();
  expect(a.ofSet(undefined)).toBeNull();
  await a.remove(a.all[0].id);
  expect((await store.sets()).map(({ id }) => id)).toEqual(['s1']);
  expect(await records.ids('project/')).toEqual([]);
});

test('with encryption a project is sealed, and without the key none is read', async () => {
  const name = freshName();
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  let named: NamedCipher | null = { cipher: createRecordCipher(key), keyId: 'k' };
  const source = { current: () => named, plainAllowed: false };
  const records = await PrivateStore.open<DatasetRecord>(name, source);
  await records.sealAll(named, () => undefined);
  const store = new ProjectStore(records);
  await store.put(newProject('Mrs Example', 'p1'));
  expect((await store.list()).map(({ title }) => title)).toEqual(['Mrs Example']);
  named = null;
  await expect(store.list()).rejects.toMatchObject({ name: 'Locked' });
});

test('an address that is gone to while projects are read, as after unlocking, leads to its project', async () => {
  const { a, b } = await twoTabs();
  await a.create('Effusions');
  const { id } = a.all[0];
  a.forget();
  void a.load();
  await a.goTo(id);
  expect(a.shown?.title).toBe('Effusions');
  await b.goTo('nowhere');
  expect(b.shownId).toBeNull();
});

test('the recipe of a project is kept as it is written, at once where it is left', async () => {
  const { a } = await twoTabs();
  await a.create('Effusions');
  const projectId = a.all[0].id;
  a.followDraft({ projectId, problem: null, recipe: fakeRecipe(2) });
  a.followDraft({ projectId, problem: new Error('half written'), recipe: fakeRecipe(9) });
  a.followDraft({ projectId: null, problem: null, recipe: fakeRecipe(8) });
  await a.keepDraft();
  expect(a.find(projectId)?.recipe).toEqual(fakeRecipe(2));
  a.followDraft({ projectId, problem: null, recipe: fakeRecipe(3) });
  await expect.poll(() => a.find(projectId)?.recipe?.rows[0].count).toBe(3);
});

function newSet(id: string) {
  const now = new Date();
  const status = 'queued' as const;
  return { id, title: id, createdAt: now, recipe: null, total: 2, status, queuedAt: 1, failed: [] };
}
