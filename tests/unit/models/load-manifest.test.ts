import { afterEach, expect, test, vi } from 'vitest';
import { findModel, modelBaseUrl, modelHash } from '../../../src/models/manifest/located-model';
import { loadManifest } from '../../../src/models/manifest/load-manifest';
import { textFile, toyManifest } from './toy-manifest';

afterEach(() => vi.unstubAllGlobals());

function answer(response: () => Promise<Response>) {
  vi.stubGlobal('fetch', response);
}

test('a manifest is fetched and checked', async () => {
  answer(() => Promise.resolve(Response.json(toyManifest())));
  expect((await loadManifest('http://host/model-manifest.json')).defaultModel).toBe('toy');
});

test('no connection, and an error page, are NetworkFailed', async () => {
  answer(() => Promise.reject(new TypeError('Failed to fetch')));
  await expect(loadManifest('http://host/m')).rejects.toMatchObject({ name: 'NetworkFailed' });
  answer(() => Promise.resolve(new Response('', { status: 500 })));
  await expect(loadManifest('http://host/m')).rejects.toThrow('answered 500');
});

test('a page in place of the manifest is ManifestInvalid', async () => {
  answer(() => Promise.resolve(new Response('<!doctype html>')));
  await expect(loadManifest('http://host/m')).rejects.toMatchObject({ name: 'ManifestInvalid' });
});

test('files are found from any sub-path of a host', () => {
  const [entry] = toyManifest().models;
  const url = 'https://host/some/sub/path/model-manifest.json';
  expect(modelBaseUrl(url, entry)).toBe('https://host/some/sub/path/models/toy/');
  expect(modelBaseUrl(url, { ...entry, baseUrl: 'https://cdn/x/' })).toBe('https://cdn/x/');
});

test('an unknown model names those there are', () => {
  expect(() => findModel(toyManifest(), 'nope')).toThrow(
    expect.objectContaining({
      name: 'ModelUnsupported',
      message: expect.stringContaining('toy') as string,
    }),
  );
});

test('the model hash changes with any fact about the model but its graphs in float16', async () => {
  const [entry] = toyManifest().models;
  const { components } = entry;
  const hash = await modelHash(entry);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(await modelHash({ ...entry, version: '2' })).not.toBe(hash);

  const half = { ...components.unet, halfGraph: textFile('unet-half.onnx', 'half') };
  const withHalf = { ...entry, components: { ...components, unet: half } };
  expect(await modelHash(withHalf), 'what was drawn before there was one is of this model').toBe(
    hash,
  );
  const other = { ...half, graph: textFile('unet.onnx', 'another graph') };
  const withOther = { ...entry, components: { ...components, unet: other } };
  expect(await modelHash(withOther)).not.toBe(hash);
});
