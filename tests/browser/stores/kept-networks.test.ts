import { afterEach, expect, test, vi } from 'vitest';
import { readNetworkPackage } from '../../../src/evaluation/own-network/read-package';
import {
  keepNetwork,
  keptNetworks,
  readNetwork,
  removeNetwork,
} from '../../../src/models/store/kept-networks';
import { RemoteNetworksState } from '../../../src/views/models/remote-networks.svelte';
import { OwnNetworkChoice } from '../../../src/views/evaluate/network/own-network.svelte';

// Vite leaves the slash at its end out.
const FOLDER = new URL('../../fixtures/feature-networks/tiny-vit', import.meta.url).href;
const ADDRESS = `${FOLDER.replace(/\/$/, '')}/`;

afterEach(async () => {
  for (const name of await keptNetworks()) await removeNetwork(name);
});

/** The package as a folder, read from where the tests lie. */
async function fromFolder() {
  const paths = ['config.json', 'preprocessor_config.json', 'onnx/model.onnx'];
  return Promise.all(
    paths.map(async (path) => {
      const blob = await (await fetch(ADDRESS + path)).blob();
      return { path: `own/${path}`, file: new File([blob], path.split('/').at(-1)!) };
    }),
  );
}

test('a network from an address is kept, offered, and the same as from a folder, by its hash', async () => {
  const networks = new RemoteNetworksState();
  await networks.fetch(ADDRESS);
  expect(networks.error).toBeNull();
  expect(networks.names).toHaveLength(1);
  expect(networks.names[0]).toMatch(/feature-networks tiny-vit$/);

  const own = new OwnNetworkChoice(); // as after a reload
  await own.findKept();
  expect(own.kept).toEqual(networks.names);
  await own.chooseKept(own.kept[0]);
  expect(own.error).toBeNull();
  expect(own.network?.sha256).toBe((await readNetworkPackage(await fromFolder())).sha256);
  expect(own.network?.title).toBe(networks.names[0]);

  await networks.remove(networks.names[0]);
  expect(networks.names).toEqual([]);
});

test('an address without a network is refused by name, and nothing is kept', async () => {
  const networks = new RemoteNetworksState();
  await networks.fetch('nowhere');
  expect(networks.error?.name).toBe('RequestInvalid');
  await networks.fetch(new URL('../nothing-here/', ADDRESS).href);
  expect(networks.error?.name).toBe('PackageRefused');
  expect(await keptNetworks()).toEqual([]);
});

test('where a newer version finds no room, the network that was kept stays whole', async () => {
  const files = (...texts: string[]) =>
    texts.map((text, i) => ({ path: `${i}.txt`, blob: new Blob([text]) }));
  await keepNetwork('one', files('old', 'old too'));
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called on the cache that it is asked of
  const put = Cache.prototype.put;
  const full = new DOMException('No room.', 'QuotaExceededError');
  const putting = vi.spyOn(Cache.prototype, 'put').mockImplementation(async function (
    this: Cache,
    request,
    response,
  ) {
    const blob = await response.clone().blob();
    if ((await blob.text()) === 'newer') throw full;
    return put.call(this, request, response);
  });
  await expect(keepNetwork('one', files('new', 'newer', 'newest'))).rejects.toMatchObject({
    name: 'QuotaExceeded',
  });
  putting.mockRestore();
  const kept = await readNetwork('one');
  const texts = await Promise.all(kept.map(({ file }) => file.text()));
  expect(texts.sort()).toEqual(['old', 'old too']);
  await keepNetwork('one', files('new'));
  expect(await readNetwork('one')).toHaveLength(1);
});

test('the network that was chosen last is the one, also while a kept one is still read', async () => {
  const networks = new RemoteNetworksState();
  await networks.fetch(ADDRESS);
  const own = new OwnNetworkChoice();
  await own.findKept();
  const files = await fromFolder();
  const first = own.chooseKept(own.kept[0]);
  await Promise.all([own.choose(files), first]);
  expect(own.network?.title).toBe('own');
  await networks.remove(own.kept[0]);
  await own.chooseKept(own.kept[0]);
  expect([own.network, own.error?.name]).toEqual([null, 'PackageRefused']);
});

test('that a kept network cannot be read is told where it was chosen', async () => {
  const own = new OwnNetworkChoice();
  const opening = vi.spyOn(CacheStorage.prototype, 'open').mockRejectedValue(new Error('no disk'));
  await own.chooseKept('some');
  opening.mockRestore();
  expect([own.error?.message, own.reading]).toEqual(['no disk', false]);
});
