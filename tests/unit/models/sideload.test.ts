import { readFileSync } from 'node:fs';
import { BlobWriter, TextReader, Uint8ArrayReader, ZipWriter } from '@zip.js/zip.js';
import { beforeEach, expect, test, vi } from 'vitest';
import { installModel } from '../../../src/models/download/download';
import { exportToFolder, exportToZip } from '../../../src/models/download/export-package';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import { unetOf } from '../../../src/models/manifest/model-files';
import { openPackage } from '../../../src/models/download/package-files';
import { sideloadModels } from '../../../src/models/download/sideload';
import { memoryWeightStore } from '../../../src/models/store/memory-weight-store';
import {
  isInstalled,
  modelShards,
  readModelFile,
  type WeightStore,
} from '../../../src/models/store/weight-store';
import { textFile, toyManifest } from './toy-manifest';

let entry: DiffusionEntry;
let store: WeightStore;
const options = { signal: new AbortController().signal, onProgress: () => undefined };

beforeEach(() => {
  entry = toyManifest().models[0];
  store = memoryWeightStore();
});

/** Path → text of a whole package of the toy model. */
function packageTexts(): Record<string, string> {
  const texts: Record<string, string> = { 'model-manifest.json': JSON.stringify(toyManifest()) };
  for (const { path } of modelShards(entry)) texts[`models/toy/${path}`] = textOf(path);
  return texts;
}

function textOf(path: string): string {
  const [name, kind] = path.split('.');
  if (name === 'tokenizer') return 'toks';
  if (name === 'tokenizer_config') return 'conf';
  return `${kind === 'onnx' ? 'graph' : 'weights'} of ${name}`;
}

function dropped(texts: Record<string, string | Blob>) {
  return Object.entries(texts).map(([path, text]) => ({ path, file: new File([text], path) }));
}

async function zipOf(texts: Record<string, string>, level = 6): Promise<Blob> {
  const writer = new ZipWriter(new BlobWriter(), { level, useWebWorkers: false });
  for (const [path, text] of Object.entries(texts)) await writer.add(path, new TextReader(text));
  return writer.close();
}

const sideloadAll = (
  texts: Record<string, string | Blob>,
  own = [{ entry, baseUrl: 'http://host/' }],
) => sideloadModels(dropped(texts), own, store, options);

const sideload = async (...args: Parameters<typeof sideloadAll>) =>
  (await sideloadAll(...args)).map(({ modelId }) => modelId);

async function expectRefused(texts: Record<string, string | Blob>, why: RegExp) {
  await expect(sideload(texts)).rejects.toMatchObject({
    name: 'PackageRefused',
    message: expect.stringMatching(why) as string,
  });
  expect(await store.shardKeys()).toEqual([]);
  expect(await store.installed()).toEqual([]);
}

test('a folder with a manifest is installed', async () => {
  expect(await sideload(packageTexts())).toEqual(['toy']);
  expect(await isInstalled(store, entry)).toBe(true);
});

test('a package inside another folder, and a ZIP of it, are installed too', async () => {
  const nested = Object.fromEntries(
    Object.entries(packageTexts()).map(([path, text]) => [`stick/copy/${path}`, text]),
  );
  expect(await sideload({ 'toy.zip': await zipOf(nested) })).toEqual(['toy']);
  const blob = await readModelFile(store, 'toy', entry.components.unet.weights[0]);
  expect(await blob.text()).toBe('weights of unet');
});

test('bare files of a model that the app knows need no manifest', async () => {
  const { 'model-manifest.json': _, ...files } = packageTexts();
  expect(await sideload(files)).toEqual(['toy']);
});

test('a model that only the package knows is kept with its entry, and nothing of it is ever fetched', async () => {
  expect(await sideload(packageTexts(), [])).toEqual(['toy']);
  expect((await store.installed())[0]).toMatchObject({ entry: { id: 'toy' }, baseUrl: null });
});

test("the app's own hashes count, not those of the package", async () => {
  const forged = toyManifest();
  forged.models[0].components.unet.weights[0].shards[0].sha256 = null;
  const texts = packageTexts();
  texts['model-manifest.json'] = JSON.stringify(forged);
  texts['models/toy/unet.data'] = 'weights of uneT';
  await expect(sideload(texts)).rejects.toMatchObject({ name: 'ModelCorrupt' });
  expect(await store.shardKeys()).toEqual([]);
});

test('a file that is missing, or has another size, is named', async () => {
  const { 'models/toy/unet.data': _, ...texts } = packageTexts();
  await expectRefused(texts, /unet\.data of Toy is missing .*expected 8 shards, got 7/);
  await expectRefused({ ...packageTexts(), 'models/toy/unet.data': 'w' }, /unet\.data of Toy/);
  await expectRefused({ 'holiday.jpg': 'x' }, /no model was found in it/);
});

test.each(['../evil.bin', 'a/../../evil.bin', '/etc/evil', 'C:/evil', 'a\\..\\evil'])(
  'a ZIP with a file named %s is refused',
  async (path) => {
    const zip = await zipOf({ ...packageTexts(), [path]: 'x' });
    await expectRefused({ 'toy.zip': zip }, /leads out of it/);
  },
);

test('a ZIP that would unpack into more than it can hold is refused before it is unpacked', async () => {
  const writer = new ZipWriter(new BlobWriter(), { level: 9, useWebWorkers: false });
  await writer.add('models/toy/unet.data', new Uint8ArrayReader(new Uint8Array(4 * 2 ** 20)));
  const bytes = new Uint8Array(await (await writer.close()).arrayBuffer());
  // The central directory's record: uncompressed size at 24 bytes.
  const view = new DataView(bytes.buffer);
  const at = bytes.findLastIndex(
    (_, i) => i + 4 <= bytes.length && view.getUint32(i, true) === 0x02014b50,
  );
  view.setUint32(at + 24, 0xfffffff0, true);
  await expectRefused(
    { 'toy.zip': new Blob([bytes]) },
    /claims to unpack \d+ bytes into 4294967280/,
  );
});

test('a ZIP that unpacks into more than it claims is refused', async () => {
  const zip = await zipOf({ ...packageTexts(), 'models/toy/unet.data': 'w'.repeat(100_000) });
  const bytes = new Uint8Array(await zip.arrayBuffer());
  const view = new DataView(bytes.buffer);
  for (let i = 0; i + 4 <= bytes.length; i++) {
    const [central, local] = [0x02014b50, 0x04034b50].map(
      (mark) => view.getUint32(i, true) === mark,
    );
    const sizeAt = central ? i + 24 : local ? i + 22 : -1;
    if (sizeAt > 0 && view.getUint32(sizeAt, true) === 100_000) view.setUint32(sizeAt, 15, true);
  }
  await expect(sideload({ 'toy.zip': new Blob([bytes]) })).rejects.toMatchObject({
    name: expect.stringMatching(/PackageRefused|ModelCorrupt/) as string,
  });
  expect(await store.installed()).toEqual([]);
});

test('two files of one name, an encrypted one, and what is no ZIP are refused', async () => {
  const writer = new ZipWriter(new BlobWriter(), { useWebWorkers: false, password: 'secret' });
  await writer.add('model-manifest.json', new TextReader('{}'));
  await expectRefused({ 'toy.zip': await writer.close() }, /is encrypted/);
  await expectRefused({ 'toy.zip': 'not a zip' }, /could not be unpacked/);
  await expectRefused({ 'a.zip': 'x', 'b.bin': 'x' }, /expected one ZIP, got 2 files/);
});

test('too little room is said before anything is stored', async () => {
  vi.stubGlobal('navigator', {
    storage: { estimate: () => Promise.resolve({ quota: 1000, usage: 990 }) },
  });
  await expect(sideload(packageTexts())).rejects.toMatchObject({ name: 'QuotaExceeded' });
  expect(await store.shardKeys()).toEqual([]);
  vi.unstubAllGlobals();
});

test('an exported ZIP is a package that installs elsewhere', async () => {
  await sideload(packageTexts());
  const zip = await exportToZip(entry, store, options);
  store = memoryWeightStore();
  expect(await sideload({ 'toy.zip': zip }, [])).toEqual(['toy']);
  expect(await isInstalled(store, entry)).toBe(true);
});

test('an export into a folder writes every file, and the manifest last', async () => {
  await sideload(packageTexts());
  const written = new Map<string, Blob>();
  await exportToFolder(entry, store, fakeFolder('', written), options);
  expect([...written.keys()].at(-1)).toBe('model-manifest.json');
  store = memoryWeightStore();
  await sideload(Object.fromEntries(written), []);
  expect(await isInstalled(store, entry)).toBe(true);
});

test('parts of one file are exported as that file', async () => {
  const { weights } = entry.components.unet;
  weights[0].shards = ['weigh', 'ts of', ' unet'].map((_, i) => ({
    ...{ path: 'unet.data', offset: 5 * i, bytes: 5, sha256: null },
  }));
  await sideload(packageTexts());
  const written = new Map<string, Blob>();
  await exportToFolder(entry, store, fakeFolder('', written), options);
  expect(await written.get('models/toy/unet.data')!.text()).toBe('weights of unet');
  await expect(installModel(entry, null, store, options)).resolves.toBeUndefined();
});

function fakeFolder(prefix: string, written: Map<string, Blob>): FileSystemDirectoryHandle {
  const write = (name: string) => (blob: Blob) => Promise.resolve(written.set(prefix + name, blob));
  return {
    getDirectoryHandle: (name: string) => Promise.resolve(fakeFolder(`${prefix}${name}/`, written)),
    getFileHandle: (name: string) =>
      Promise.resolve({
        createWritable: () =>
          Promise.resolve({ write: write(name), close: () => Promise.resolve() }),
      }),
  } as unknown as FileSystemDirectoryHandle;
}

/** The package of another version: one letter of the UNet's weights differs, or one more is there. */
function nextVersion(weights: string, sha256?: null): Record<string, string> {
  const manifest = toyManifest();
  const [model] = manifest.models;
  model.version = '2';
  model.components.unet.weights = [textFile('unet.data', weights, sha256)];
  const texts = { 'models/toy/unet.data': weights };
  return { ...packageTexts(), ...texts, 'model-manifest.json': JSON.stringify(manifest) };
}

test.each([
  ['of the same size', 'weights of uneT', undefined],
  ['of another size', 'weights of unet, longer', undefined],
  ['whose hashes nobody published', 'weights of uneT', null],
])(
  'a newer package %s takes the place of the earlier one, and says so',
  async (_how, weights, sha256) => {
    const first =
      sha256 === null
        ? { ...nextVersion('weights of unet', null), 'model-manifest.json': '' }
        : packageTexts();
    if (sha256 === null) {
      const manifest = toyManifest();
      manifest.models[0].components.unet.weights = [textFile('unet.data', 'weights of unet', null)];
      first['model-manifest.json'] = JSON.stringify(manifest);
    }
    await sideloadAll(first, []);
    const { length } = await store.shardKeys();
    expect(await sideloadAll(nextVersion(weights, sha256), [])).toEqual([
      { modelId: 'toy', version: '2', replaced: { version: '1' } },
    ]);
    const [record] = await store.installed();
    expect(record.entry?.version).toBe('2');
    const [file] = unetOf(record.entry!)!.weights;
    expect(await (await readModelFile(store, 'toy', file)).text()).toBe(weights);
    expect(await store.shardKeys()).toHaveLength(length); // nothing of the earlier one is left over
  },
);

test('a newer package that is damaged leaves the earlier one whole', async () => {
  await sideloadAll(packageTexts(), []);
  const broken = { ...nextVersion('weights of uneT'), 'models/toy/unet.data': 'weights of uneX' };
  await expect(sideloadAll(broken, [])).rejects.toMatchObject({ name: 'ModelCorrupt' });
  expect(await isInstalled(store, entry)).toBe(true);
  expect((await store.installed())[0].entry?.version).toBe('1');
});

test("another version of one of the app's own models is refused by both versions", async () => {
  await expectRefused(
    nextVersion('weights of uneT'),
    /it has version 2 of Toy, and this app works with version 1/,
  );
});

test('the same package again changes nothing and says nothing of a change', async () => {
  await sideloadAll(packageTexts(), []);
  expect(await sideloadAll(packageTexts(), [])).toEqual([
    { modelId: 'toy', version: '1', replaced: null },
  ]);
});

test.each([
  ['backslash.zip', 'pkg/'],
  ['dot.zip', 'pkg/'],
  ['cp932_5c.zip', '表/'],
])('the names in %s are those that its maker saw', async (name, folder) => {
  // After public bug reports of other programs; the letter 表 ends in the byte of a backslash.
  const bytes = readFileSync(new URL(`../../fixtures/cases/${name}`, import.meta.url));
  const files = await openPackage([{ path: name, file: new File([bytes], name) }]);
  expect(files.map(({ path }) => path)).toEqual(
    ['model-manifest.json', 'unet/a.bin'].map((path) => folder + path),
  );
  expect(await (await files[0].read()).text()).toHaveLength(2);
});
