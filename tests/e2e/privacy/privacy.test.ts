import { expect, onWasm, SHIPPED, TINY, TINY_MODEL, weightRequests } from '../app';
import { runCheck } from './outside-check';
import { test } from '../offline/static-copy';

/** What a model host sends, so that pages of other origins may read it. */
const OPEN_TO_ALL = {
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

const REFUSED = 'refused by the policy';

test('on a plain host every way out is refused, in page and worker, and a listening host hears nothing', async ({
  serve,
  studio,
}) => {
  const [app, outside] = [await serve(TINY, {}), await serve(SHIPPED)];
  const { page } = studio;
  await page.goto(app.url);
  await page.waitForFunction(() => crossOriginIsolated && navigator.serviceWorker.controller);

  const outcomes = await runCheck(page, outside.url);

  expect(outcomes).toEqual({
    ...{ fetch: REFUSED, WebSocket: REFUSED, EventSource: REFUSED, sendBeacon: REFUSED },
    ...{ image: REFUSED, frame: REFUSED, WebRTC: 'not there' },
    'fetch in a worker': REFUSED,
    'WebSocket in a worker': REFUSED,
    'EventSource in a worker': REFUSED,
  });
  expect(outside.log).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(
    page.getByText(/Requests: 0 to other hosts, \d+ to its own, 9 refused/),
  ).toBeVisible();
});

test('with the policy off the same check is red, and the listening host hears it', async ({
  serve,
  studio,
  copy,
}) => {
  copy.edit('index.html', /<meta http-equiv="Content-Security-Policy"[^>]*>/, '');
  copy.edit('service-worker.js', /^/, 'throw new Error("not today");');
  const app = await serve([{ prefix: '/', folder: copy.folder }], {});
  const outside = await serve(SHIPPED);
  const { page } = studio;
  await page.goto(app.url);

  const outcomes = await runCheck(page, outside.url);

  const open = Object.keys(outcomes).filter((way) => outcomes[way] === 'not refused');
  expect(open.sort()).toEqual(
    Object.keys(outcomes)
      .filter((way) => way !== 'WebRTC')
      .sort(),
  );
  await expect(page.getByText('Failed: not every way out was refused.')).toBeVisible();
  const heard = outside.log.map(({ path }) => decodeURIComponent(path.split('/').at(-1)!));
  expect(heard).toEqual(
    expect.arrayContaining(['fetch', 'sendBeacon', 'image', 'frame', 'EventSource']),
  );
  expect(heard.filter((way) => way === 'fetch')).toHaveLength(2); // the page's and the worker's
  await page.keyboard.press('Escape');
  await expect(page.getByText(/Requests: [1-9]\d* to other hosts/)).toBeVisible();
});

test('the counter says what the server saw: page, workers and service worker together', async ({
  serve,
  studio,
}) => {
  const server = await serve(TINY);
  await studio.open(server.url);
  await studio.makeImage('skin photo', 1);
  // What the page still fetches in the background would be the server's record, and not the next page's.
  const offline = studio.page.getByRole('button', { name: /offline/ });
  await expect(offline).toHaveText(/^ready to work offline/);
  const before = server.log.length;
  await studio.page.reload();
  await studio.makeImage('skin photo', 1);
  const controlled = server.log.slice(before);

  const text = await studio.page.getByRole('button', { name: /^Requests:/ }).textContent();
  // The browser itself looks for a newer service worker.
  const seen = controlled.filter(({ path }) => path !== '/service-worker.js');
  expect(text).toContain(`0 to other hosts, ${seen.length} to its own`);
});

test('what is stored is what the browser says, also after something else has stored', async ({
  serve,
  studio,
}) => {
  const { page } = studio;
  await studio.open((await serve(TINY)).url);
  await studio.makeImage('skin photo', 1);
  await page.evaluate(async () => {
    const cache = await caches.open('something else');
    await cache.put('/twenty', new Response(new Uint8Array(20e6)));
  });
  const shown = page.getByRole('button', { name: /stored$/ });
  const ofBrowser = () =>
    page.evaluate(async () => ((await navigator.storage.estimate()).usage ?? 0) / 1e6);
  await expect
    .poll(async () => Math.abs(parseFloat((await shown.textContent()) ?? '') - (await ofBrowser())))
    .toBeLessThan(0.1);
  expect(await ofBrowser()).toBeGreaterThan(20);
  await shown.click();
  const row = page.getByRole('row', { name: /Everything, as the browser/ });
  await expect(row).toContainText(/databases: weights, images, data sets, comparisons [\d.]+ MB/);
  await expect(row).toContainText(/the app's own files [\d.]+ MB/);
});

test('the first visit is counted whole', async ({ serve, studio }) => {
  const server = await serve(TINY);
  await onWasm(studio.page);
  await studio.page.goto(server.url);
  await studio.makeImage('skin photo', 1);
  // A request is counted before the server has it.
  const offline = studio.page.getByRole('button', { name: /offline/ });
  await expect(offline).toHaveText(/^ready to work offline/);

  const text = await studio.page.getByRole('button', { name: /^Requests:/ }).textContent();
  const shown = Number(/(\d+) to its own/.exec(text ?? '')?.[1]);
  // The browser's own: the service worker's script, and icons, which are on no page's record.
  const seen = server.log.filter(({ path }) => !/service-worker\.js|icon\.svg/.test(path));
  expect(weightRequests(server).length).toBeGreaterThan(0);
  expect(shown).toBeGreaterThanOrEqual(seen.length);
  expect(shown).toBeLessThanOrEqual(server.log.length);

  await studio.page.getByRole('button', { name: /^Requests:/ }).click();
  const kinds = studio.page.getByText(/^To its own host: /);
  await expect(kinds).toContainText(/\d for models/);
  const counts = [...((await kinds.textContent()) ?? '').matchAll(/\d+(?= for)/g)].map(Number);
  expect(counts).toHaveLength(5); // pages, code, workers, runtime, models
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(shown);
});

test('models.html, and only it, installs a model from another host', async ({ serve, studio }) => {
  const app = await serve(SHIPPED);
  const host = await serve([{ prefix: '/', folder: TINY_MODEL }], OPEN_TO_ALL);
  const manifest = `${host.url}model-manifest.json`;
  const { page } = studio;
  await page.goto(app.url);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  const reach = (url: string) =>
    fetch(url).then(
      () => 'reached',
      () => 'refused',
    );
  expect(await page.evaluate(reach, manifest)).toBe('refused');

  await page.goto(`${app.url}models.html`);
  await page.getByLabel('Address of a model-manifest.json').fill(manifest);
  await page.getByRole('button', { name: 'List its models' }).click();
  await page.getByRole('button', { name: /^Fetch Tiny/ }).click();

  await expect(page.getByText('Installed.')).toBeVisible();
  expect(host.log.filter(({ path }) => path.endsWith('unet-0.bin'))).toHaveLength(1);
  // The policy is the worker's own: the studio's download worker has the other one.
  const policies = await page.evaluate(async () => {
    const scripts = performance.getEntriesByType('resource').map(({ name }) => name);
    const remote = scripts.find((name) => name.includes('remote-download'))!;
    return (await fetch(remote)).headers.get('content-security-policy');
  });
  expect(policies).toContain("connect-src 'self' blob: https:");
});
