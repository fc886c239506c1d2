/** `npm run prove-privacy`: the whole app, every request of the browser recorded; writes docs/privacy-report.md. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import { chromiumLaunchOptions } from '../../../cli/chromium.js';
import { expect, SHIPPED, Studio, test, TINY_MODEL } from '../app';
import type { Mount } from '../../../cli/static-server.js';
import { runCheck } from './outside-check';
import { writeReport } from './privacy-report';
import { startRecordingProxy, type Recorded, type RecordingProxy } from './recording-proxy';
import { copyApp } from '../offline/static-copy';

const REPORT = resolve(import.meta.dirname, '../../../docs/privacy-report.md');
const STEPS = {
  visit: 'first visit, weights included',
  generate: 'make an image',
  save: 'save it as PNG',
  sideload: 'import a model package from a folder',
  check: "the page's own check",
  offline: 'server cut off: start again, make another image',
  erase: 'erase everything',
};

/** Chromium's vendor: what the browser asks there by itself, with or without a page. */
const BROWSER_OWN = /(^|\.)(google|googleapis|gstatic|gvt1)\.com$/;

/** How long the browser is watched with nothing but a form on a page without a script. */
const BASELINE_MS = 45_000;

/** A browser whose every request goes through the proxy; `use` gets its page. */
async function inBrowser(
  proxy: RecordingProxy,
  use: (page: Page, version: string) => Promise<void>,
) {
  const profile = mkdtempSync(join(tmpdir(), 'phantoscope-privacy-'));
  const options = { ...chromiumLaunchOptions(), proxy: proxy.settings };
  const context = await chromium.launchPersistentContext(profile, options);
  const page = context.pages()[0] ?? (await context.newPage());
  await use(page, `Chromium ${context.browser()?.version() ?? ''}`);
  await context.close();
  await proxy.close();
  rmSync(profile, { recursive: true, force: true });
}

/** Uses everything the app has; the server is cut off for the last steps. */
async function useTheApp(page: Page, url: string, outside: string, proxy: RecordingProxy) {
  const studio = new Studio(page);
  proxy.begin(STEPS.visit);
  await page.goto(url);
  await page.waitForFunction(() => crossOriginIsolated && navigator.serviceWorker.controller);
  await studio.chooseBackend('wasm');
  const ready = page.getByRole('button', { name: /^wasm .*where the model runs/ });
  await expect(ready).toBeVisible({ timeout: 300_000 });

  proxy.begin(STEPS.generate);
  await studio.makeImage('chest x-ray, bacterial pneumonia', 4);
  proxy.begin(STEPS.save);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Save PNG' }).click();
  expect((await download).suggestedFilename()).toMatch(/\.png$/);
  proxy.begin(STEPS.sideload);
  await page.getByRole('button', { name: 'Models', exact: true }).click();
  await page.locator('input[webkitdirectory]').setInputFiles(join(TINY_MODEL));
  await expect(page.getByRole('dialog').getByText('Tiny untrained model').first()).toBeVisible();
  await page.keyboard.press('Escape');
  proxy.begin(STEPS.check);
  const check = await runCheck(page, outside);
  await page.keyboard.press('Escape');

  proxy.cut();
  proxy.begin(STEPS.offline);
  await page.reload();
  await studio.makeImage('brain MRI, glioma', 4);
  await expect(studio.galleryPictures()).toHaveCount(2);
  proxy.begin(STEPS.erase);
  await page.getByRole('button', { name: 'Erase everything' }).click();
  await page.getByLabel(/^Type erase/).fill('erase');
  await page.getByRole('dialog').getByRole('button', { name: 'Erase everything' }).click();
  await expect(page.getByRole('heading', { name: 'Everything is erased' })).toBeVisible();
  return check;
}

test('the whole app sends nothing to anybody but its own server, and the recorder is not blind', async ({
  serve,
}) => {
  const app = await serve(SHIPPED, {});
  const outside = await serve(SHIPPED);
  const origin = new URL(app.url).origin;
  const proxy = await startRecordingProxy(origin);
  const made: string[] = []; // by page, workers and service worker, says the browser
  let [browser, check] = ['', {} as Record<string, string>];
  await inBrowser(proxy, async (page, version) => {
    browser = version;
    page.context().on('request', (request) => {
      if (/^http/.test(request.url())) made.push(request.url());
    });
    page.context().on('requestfailed', (request) => {
      if (request.failure()?.errorText === 'csp') made.splice(made.indexOf(request.url()), 1);
    });
    check = await useTheApp(page, app.url, outside.url, proxy);
  });
  const [own, elsewhere] = split(proxy.log, origin);
  const baseline = await watchIdleBrowser(serve);
  const { control, controlLog } = await runControl(serve, outside.url);

  expect(made.length).toBeGreaterThan(20);
  expect(made.filter((url) => !url.startsWith(`${origin}/`))).toEqual([]);
  const strayed = elsewhere.filter(({ url }) => !BROWSER_OWN.test(hostOf(url)));
  expect(strayed).toEqual([]);
  expect(own.length).toBeGreaterThan(20);
  expect(own.filter(({ method, bodyBytes }) => method !== 'GET' || bodyBytes > 0)).toEqual([]);
  expect(outside.log).toEqual([]);
  expect(Object.values(check)).not.toContain('not refused');
  expect(controlLog.length).toBeGreaterThan(4);
  const report = writeReport({
    date: new Date().toISOString().slice(0, 10),
    ...{ browser, model: defaultModel(), appOrigin: origin, steps: Object.values(STEPS) },
    ...{ own, strayed, made: made.length, check, control, controlLog },
    browserOwn: countHosts(elsewhere),
    baseline: countHosts(baseline),
  });
  writeFileSync(REPORT, report);
});

/** What the browser asks for when the page has a form, a policy that forbids everything, and no script. */
async function watchIdleBrowser(serve: Serve): Promise<Recorded[]> {
  const folder = mkdtempSync(join(tmpdir(), 'phantoscope-idle-'));
  const fields = '<label>Prompt <textarea></textarea></label><label>Seed <input></label>';
  writeFileSync(join(folder, 'index.html'), `<form>${fields}${fields}</form>`);
  const server = await serve([{ prefix: '/', folder }]);
  const origin = new URL(server.url).origin;
  const proxy = await startRecordingProxy(origin);
  await inBrowser(proxy, async (page) => {
    await page.goto(server.url);
    await page.getByLabel('Prompt').first().fill('nothing');
    await page.waitForTimeout(BASELINE_MS);
  });
  rmSync(folder, { recursive: true });
  return split(proxy.log, origin)[1];
}

function split(log: Recorded[], origin: string): [own: Recorded[], elsewhere: Recorded[]] {
  const isOwn = ({ url }: Recorded) => url.startsWith(`${origin}/`);
  return [log.filter(isOwn), log.filter((request) => !isOwn(request))];
}

/** A tunnel names host and port only. */
function hostOf(url: string): string {
  return URL.canParse(url) && url.includes('//') ? new URL(url).hostname : url.split(':')[0];
}

function countHosts(requests: Recorded[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { url } of requests) counts[hostOf(url)] = (counts[hostOf(url)] ?? 0) + 1;
  return counts;
}

function defaultModel(): string {
  const path = resolve(import.meta.dirname, '../../../model-manifest.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { defaultModel: string }).defaultModel;
}

type Serve = (mounts: Mount[], extraHeaders?: Record<string, string>) => Promise<{ url: string }>;

/** The same check and the same recorder on the app with its policy taken out. */
async function runControl(
  serve: Serve,
  outside: string,
): Promise<{ control: Record<string, string>; controlLog: Recorded[] }> {
  const copy = copyApp();
  copy.edit('index.html', /<meta http-equiv="Content-Security-Policy"[^>]*>/, '');
  copy.edit('service-worker.js', /^/, 'throw new Error("not today");');
  const app = await serve([{ prefix: '/', folder: copy.folder }], {});
  const proxy = await startRecordingProxy(new URL(app.url).origin);
  let control = {};
  await inBrowser(proxy, async (page) => {
    await page.goto(app.url);
    control = await runCheck(page, outside);
  });
  copy.remove();
  const { host } = new URL(outside);
  return { control, controlLog: proxy.log.filter(({ url }) => url.includes(host)) };
}
