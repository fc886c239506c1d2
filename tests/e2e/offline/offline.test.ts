import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from '@playwright/test';
import { chromiumLaunchOptions } from '../../../cli/chromium.js';
import { expect, Studio, TINY, weightRequests } from '../app';
import { hasPython, servePython, test as base } from './static-copy';

interface Fixtures {
  /** A folder in which a browser keeps what it stores, whatever becomes of its process. */
  profile: string;
}

const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameter's shape
  profile: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'phantoscope-profile-'));
    await use(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
  },
});

test.use({ below: 'some/where' });

/** A new browser process on the profile. */
async function launch(profile: string): Promise<{ context: BrowserContext; page: Page }> {
  const context = await chromium.launchPersistentContext(profile, chromiumLaunchOptions());
  return { context, page: context.pages()[0] ?? (await context.newPage()) };
}

/** The first visit to a host without headers ends in a reload; nothing should be pressed before. */
async function visit(studio: Studio, url: string) {
  await studio.page.goto(url);
  await isolated(studio.page);
  await studio.chooseBackend('wasm');
}

function isolated(page: Page) {
  const ready = () => crossOriginIsolated && navigator.serviceWorker.controller;
  return page.waitForFunction(ready, undefined, { timeout: 90_000 });
}

/** Whether the worker that computes may share memory, which wasm threads need. */
function workerIsIsolated(page: Page): Promise<boolean> | undefined {
  const worker = page.workers().find((worker) => worker.url().includes('inference'));
  return worker?.evaluate(() => crossOriginIsolated);
}

test('on python -m http.server below a sub-path the app is isolated, and outlives server and browser', async ({
  profile,
  copy,
}) => {
  test.skip(!hasPython, 'there is no python3 here');
  const server = await servePython(copy.root);
  const url = `${server.url}some/where/`;
  const first = await launch(profile);
  const studio = new Studio(first.page);
  await visit(studio, url);
  await studio.makeImage('skin photo', 2);

  expect(await workerIsIsolated(first.page)).toBe(true);
  const cached = await first.page.evaluate(async () =>
    (await (await caches.open('runtime')).keys()).map(({ url }) => url.replace(/.*\//, '')),
  );
  expect(cached.filter((name) => name.endsWith('.wasm.gz'))).toHaveLength(1);
  expect(studio.consoleErrors).toEqual([]);

  await first.context.close(); // ends the browser's process
  await server.stop();
  const second = await launch(profile);
  const again = new Studio(second.page);
  const asked: string[] = [];
  // Of the runtime: what is kept ahead of use goes on from the visit before, and fails without a server.
  const failed: string[] = [];
  second.context.on('requestfailed', (request) => {
    if (request.url().includes('ort-wasm')) failed.push(request.url());
  });
  second.context.on('request', (request) => asked.push(request.url()));
  await visit(again, url);
  await again.makeImage('skin photo', 3);
  // By its address a browser finds the code again that it compiled on the first visit.
  expect(asked.some((address) => /ort-wasm[^/]*\.wasm$/.test(address))).toBe(true);
  expect(failed).toEqual([]);

  await expect(again.galleryPictures()).toHaveCount(2);
  expect(await workerIsIsolated(second.page)).toBe(true);
  await second.context.close();
});

test('an update waits for the word of the user, and for the picture in the making', async ({
  serve,
  studio,
  copy,
}) => {
  const server = await serve([{ prefix: '/app/', folder: copy.folder }], {});
  const { page } = studio;
  const notice = page.getByText('A new version is ready.');
  await visit(studio, `${server.url}app/`);
  await studio.makeImage('fundus photo', 1);

  copy.edit('index.html', '<title>Phantoscope</title>', '<title>The newer one</title>');
  copy.edit('service-worker.js', /(version:\W)\w{4}/, '$1beef');
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await expect(notice).toBeVisible();
  await page.reload();
  await expect(page).toHaveTitle('Phantoscope');
  await expect(notice).toBeVisible();

  await studio.setNumber('Steps', 50);
  await studio.generate.click();
  await page.getByRole('button', { name: 'Reload when this is done' }).click();
  await expect(page.getByText('as soon as nothing runs')).toBeVisible();
  await expect(page).toHaveTitle('The newer one');
  await expect(studio.galleryPictures()).toHaveCount(2);
});

test('a forced reload, which goes past the service worker, is isolated again', async ({
  serve,
  studio,
}) => {
  const server = await serve(TINY, {});
  const { page } = studio;
  await page.goto(server.url);
  await isolated(page);
  await expect.poll(() => weightRequests(server).length).toBeGreaterThan(0);

  const before = await page.evaluate(() => performance.timeOrigin);
  const session = await page.context().newCDPSession(page);
  await session.send('Page.reload', { ignoreCache: true });

  await isolated(page);
  expect(await page.evaluate(() => performance.timeOrigin)).toBeGreaterThan(before);
});
