import { chromium } from '@playwright/test';
import { chromiumLaunchOptions } from './chromium.js';
import { DIST } from './install.js';
import { startStaticServer } from './static-server.js';

/**
 * @typedef {import('../src/cli/entry.ts').CliHook} CliHook
 * @typedef {import('../src/contract/picture.ts').GenerationProgress} GenerationProgress
 */

/**
 * The built app in a headless browser, without its page.
 *
 * @typedef {object} HeadlessApp
 * @property {import('./static-server.js').StaticServer} server
 * @property {import('@playwright/test').Page} page
 * @property {string} browserVersion
 * @property {<Name extends keyof CliHook>(
 *   name: Name,
 *   args: unknown[],
 *   onProgress?: (progress: GenerationProgress) => void,
 * ) => Promise<Awaited<ReturnType<CliHook[Name]>>>} call
 *   Runs one function of `window.phantoscope`; its errors keep their names.
 * @property {() => Promise<void>} close
 */

/**
 * Serves dist, with `mounts` before it, and opens cli.html. With `profile`, a folder, what the browser stores is kept
 * on disk; without, it is gone at the end.
 *
 * @param {{
 *   mounts?: import('./static-server.js').Mount[],
 *   profile?: string,
 *   port?: number,
 *   args?: string[],
 *   outlivesCtrlC?: boolean,
 * }} [options]  `args`: further flags for the browser; `outlivesCtrlC`: the caller closes it.
 * @returns {Promise<HeadlessApp>}
 */
export async function openHeadlessApp({
  mounts = [],
  profile,
  port = 0,
  args = [],
  outlivesCtrlC = false,
} = {}) {
  const own = chromiumLaunchOptions();
  const launch = { ...own, args: [...own.args, ...args], handleSIGINT: !outlivesCtrlC };
  const dist = { prefix: '/', folder: DIST };
  const server = await startStaticServer({ mounts: [...mounts, dist], port });
  const browser = profile ? null : await chromium.launch(launch);
  const context = browser
    ? await browser.newContext()
    : await chromium.launchPersistentContext(profile ?? '', launch);
  const page = await context.newPage();

  /** @type {(progress: GenerationProgress) => void} */
  let report = () => {};
  await page.exposeFunction('reportProgress', (/** @type {GenerationProgress} */ progress) =>
    report(progress),
  );
  await page.goto(`${server.url}cli.html`);
  await page.waitForFunction(() => 'phantoscope' in window);

  return {
    server,
    page,
    browserVersion: context.browser()?.version() ?? browser?.version() ?? '',
    async call(name, args, onProgress = () => {}) {
      report = onProgress;
      const outcome = await page.evaluate(callHook, { name, args });
      if ('error' in outcome) throw Object.assign(new Error(outcome.error.message), outcome.error);
      return outcome.value;
    },
    async close() {
      await context.close();
      await browser?.close();
      await server.close();
    },
  };
}

/**
 * Runs inside the page. Errors cross as plain data, for the debugger's protocol drops their names.
 *
 * @param {{ name: string, args: unknown[] }} call
 * @returns {Promise<{ value: any } | { error: { name: string, message: string } }>}
 */
async function callHook({ name, args }) {
  const page = /** @type {any} */ (window);
  const onProgress = (/** @type {{ preview?: unknown }} */ { preview: _, ...progress }) =>
    page.reportProgress(progress);
  try {
    return { value: await page.phantoscope[name](...args, onProgress) };
  } catch (error) {
    const { name: kind, message } = /** @type {Error} */ (error);
    return { error: { name: kind, message } };
  }
}
