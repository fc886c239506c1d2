import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import { CHROMIUM_FLAGS, findSystemChromium } from '../../../cli/chromium.js';

/** A browser whose pages may be hidden, frozen and stopped: Playwright's own keeps each page in view. */
export interface PlainBrowser {
  page: Page;
  /** Brings another tab to the front; resolves once the page knows. */
  hide(): Promise<void>;
  show(): Promise<void>;
  /** All its processes at once. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  close(): Promise<void>;
}

/** A hidden page draws no frames to wait for. */
const IN_BACKGROUND = { polling: 100, timeout: 30_000 };

/** Starts one with a single page. */
export async function startPlainBrowser(): Promise<PlainBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'phantoscope-plain-'));
  const args = [
    ...CHROMIUM_FLAGS,
    '--headless=new',
    '--remote-debugging-port=0',
    '--window-size=1280,800',
  ];
  const browserProcess = spawn(
    findSystemChromium() ?? chromium.executablePath(),
    [...args, `--user-data-dir=${profile}`, 'about:blank'],
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise((resolve) => browserProcess.once('exit', resolve));
  const endpoint = await new Promise<string>((resolve, reject) => {
    let text = '';
    browserProcess.once('exit', () => reject(new Error(`the browser ended: ${text}`)));
    browserProcess.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /DevTools listening on (ws:\S+)/.exec(text);
      if (found) resolve(found[1]);
    });
  });
  const browser = await chromium.connectOverCDP(endpoint, { noDefaults: true });
  const [context] = browser.contexts();
  const page = context.pages()[0] ?? (await context.newPage());
  const visibility = (state: string) =>
    page.waitForFunction((wanted) => document.visibilityState === wanted, state, IN_BACKGROUND);
  return {
    page,
    async hide() {
      await (await context.newPage()).bringToFront();
      await visibility('hidden');
    },
    async show() {
      await page.bringToFront();
      await visibility('visible');
    },
    // A group of its own has the number of its first process.
    signal: (name) => void process.kill(-browserProcess.pid!, name),
    async close() {
      await browser.close();
      browserProcess.kill();
      await ended;
      // Its helpers would write a little longer; they are gone, or going.
      try {
        process.kill(-browserProcess.pid!, 'SIGKILL');
      } catch {
        // none was left
      }
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
    },
  };
}
