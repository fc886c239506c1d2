import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRange, startStaticServer, type StaticServer } from '../../cli/static-server.js';

let folder: string;
let server: StaticServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'phantoscope-server-'));
  for (const name of ['site', 'overlay']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(folder, 'site/index.html'), '<p>site</p>');
  writeFileSync(join(folder, 'site/card.md'), '# Card');
  writeFileSync(join(folder, 'site/a.mjs'), 'export {};');
  writeFileSync(join(folder, 'site/a.wasm'), new Uint8Array(1000));
  writeFileSync(
    join(folder, 'site/weights.bin'),
    Uint8Array.from({ length: 100 }, (_, i) => i),
  );
  writeFileSync(join(folder, 'overlay/a.mjs'), 'overlay');
  server = await startStaticServer({
    mounts: [
      { prefix: '/x/', folder: join(folder, 'overlay') },
      { prefix: '/', folder: join(folder, 'site') },
    ],
  });
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const get = (path: string, headers = {}) => fetch(new URL(path, server.url), { headers });

/** `fetch` resolves dots before it sends; this does not. */
function getRaw(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ port: server.port, host: '127.0.0.1', path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

test('a folder stands for its index.html, served isolated and under the policy', async () => {
  const response = await get('');

  expect(await response.text()).toBe('<p>site</p>');
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
});

test.each([
  ['a.mjs', 'text/javascript; charset=utf-8'],
  ['a.wasm', 'application/wasm'],
  ['weights.bin', 'application/octet-stream'],
  ['card.md', 'text/plain; charset=utf-8'],
])('%s is served as %s', async (path, type) => {
  expect((await get(path)).headers.get('content-type')).toBe(type);
});

test('wasm travels compressed and weights do not', async () => {
  const wasm = await get('a.wasm', { 'Accept-Encoding': 'gzip' });
  const weights = await get('weights.bin', { 'Accept-Encoding': 'gzip' });

  expect(wasm.headers.get('content-encoding')).toBe('gzip');
  expect((await wasm.arrayBuffer()).byteLength).toBe(1000);
  expect(weights.headers.get('content-encoding')).toBeNull();
});

test('a byte range is answered with these bytes', async () => {
  const response = await get('weights.bin', { Range: 'bytes=10-12' });

  expect(response.status).toBe(206);
  expect(response.headers.get('content-range')).toBe('bytes 10-12/100');
  expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([10, 11, 12]);
});

test.each([
  ['bytes=0-', { start: 0, end: 99 }],
  ['bytes=0-0', { start: 0, end: 0 }],
  ['bytes=5-3', 'unsatisfiable'],
  ['bytes=-10', { start: 90, end: 99 }],
  ['bytes=90-200', { start: 90, end: 99 }],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=0-1,4-5', undefined],
  [undefined, undefined],
])('of 100 bytes, "%s" means %j', (header, range) => {
  expect(parseRange(header, 100)).toEqual(range);
});

test('the first mount that has the file wins', async () => {
  expect(await (await get('x/a.mjs')).text()).toBe('overlay');
  expect(await (await get('a.mjs')).text()).toBe('export {};');
});

test('what has not changed is not sent again', async () => {
  const etag = (await get('a.mjs')).headers.get('etag')!;

  expect((await get('a.mjs', { 'If-None-Match': etag })).status).toBe(304);
});

test.each(['/../secret.txt', '/%2e%2e/secret.txt', '/x/..%2f..%2fsecret.txt', '/nothing', '/%ff'])(
  '%s is not found',
  async (path) => {
    expect(await getRaw(path)).toBe(404);
  },
);

test('a taken port gives way to a free one', async () => {
  const other = await startStaticServer({ mounts: [], port: server.port });

  expect(other.port).not.toBe(server.port);
  await other.close();
});

test('every answer is in the log with its bytes on the wire', async () => {
  await (await get('weights.bin')).arrayBuffer();
  await expect.poll(() => server.log.at(-1)?.path).toBe('/weights.bin');

  expect(server.log.at(-1)).toMatchObject({ method: 'GET', status: 200, encoding: '' });
  expect(server.log.at(-1)?.bytes).toBeGreaterThanOrEqual(100);
});
