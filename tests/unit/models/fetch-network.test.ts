import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fetchNetwork, networkName } from '../../../src/models/download/fetch-network';

const FIXTURES = new URL('../../fixtures/', import.meta.url);
const bytesOf = (path: string) => new Uint8Array(readFileSync(new URL(path, FIXTURES)));
const JSON_FILES = { 'config.json': '{}', 'preprocessor_config.json': '{}' };
const BASE = 'https://host.example/networks/mine/';

/** A host with these files below BASE; others are not found. Notes what it was asked for. */
function host(files: Record<string, BodyInit>, base = BASE) {
  const asked: string[] = [];
  const fetcher = ((url: URL) => {
    asked.push(url.href);
    const body = url.href.startsWith(base) ? files[url.href.slice(base.length)] : undefined;
    return Promise.resolve(new Response(body ?? null, { status: body === undefined ? 404 : 200 }));
  }) as typeof fetch;
  return { asked, fetcher };
}

const pathsOf = (files: { path: string }[]) => files.map(({ path }) => path).sort();

test('the most exact graph that sees pictures is taken, with the weights beside it', async () => {
  const { fetcher } = host({
    ...JSON_FILES,
    'onnx/model_int8.onnx': 'x',
    // Keeps its weights in sigmoid.data.
    'onnx/model.onnx': bytesOf('sigmoid.onnx'),
    'onnx/sigmoid.data': bytesOf('sigmoid.data'),
  });
  const files = await fetchNetwork(`${BASE}config.json?download=true`, { fetcher });
  const graph = ['onnx/model.onnx', 'onnx/sigmoid.data'];
  expect(pathsOf(files)).toEqual([...Object.keys(JSON_FILES), ...graph].sort());
});

test('a repository of the hub may be given by its page', async () => {
  const page = 'https://huggingface.co/onnx-community/dinov2-small';
  const files = { ...JSON_FILES, 'onnx/model.onnx': bytesOf('sigmoid.onnx').slice(0, 0) };
  const { asked, fetcher } = host(files, `${page}/resolve/main/`);
  expect(pathsOf(await fetchNetwork(page, { fetcher }))).toContain('onnx/model.onnx');
  expect(asked[0]).toBe(`${page}/resolve/main/config.json`);
  expect(networkName(page)).toBe('huggingface.co onnx-community dinov2-small');
  expect(networkName(BASE)).toBe('host.example networks mine');
});

test.each([
  ['no address', 'dinov2', {}, 'RequestInvalid', /"dinov2" is no address/],
  ['no config.json', BASE, {}, 'PackageRefused', /mine\/ has no config\.json/],
  ['no graph', BASE, JSON_FILES, 'PackageRefused', /has no graph that sees pictures/],
  [
    'weights that are not there',
    BASE,
    { ...JSON_FILES, 'onnx/model.onnx': bytesOf('sigmoid.onnx') },
    'PackageRefused',
    /has no onnx\/sigmoid\.data/,
  ],
])('%s is a named error', async (_what, address, files, name, message) => {
  const { fetcher } = host(files as Record<string, BodyInit>);
  await expect(fetchNetwork(address, { fetcher })).rejects.toMatchObject({
    name,
    message: expect.stringMatching(message) as string,
  });
});

test('a host that cannot be reached, or answers with an error, is NetworkFailed', async () => {
  const gone = (() => Promise.reject(new TypeError('Failed to fetch'))) as typeof fetch;
  await expect(fetchNetwork(BASE, { fetcher: gone })).rejects.toMatchObject({
    name: 'NetworkFailed',
    message: expect.stringMatching(
      /config\.json could not be fetched \(Failed to fetch\)/,
    ) as string,
  });
  const busy = (() => Promise.resolve(new Response('', { status: 503 }))) as typeof fetch;
  await expect(fetchNetwork(BASE, { fetcher: busy })).rejects.toThrow(/the host answered 503/);
});
