import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findSystemChromium } from './chromium.js';
import { ROOT } from './install.js';

/**
 * Makes sure that there is a Chromium to run: a system one, else Playwright's, else one from apt (as root).
 * Ends the program with what to do when none can be had.
 */
export async function ensureChromium() {
  if (findSystemChromium() || (await hasPlaywrightChromium())) return;
  console.error('No Chromium on this machine: fetching the one that Playwright brings …');
  const cli = join(ROOT, 'node_modules/@playwright/test/cli.js');
  run(process.execPath, [cli, 'install', 'chromium']);
  if (await hasPlaywrightChromium()) return;

  if (process.platform === 'linux' && process.getuid?.() === 0) {
    console.error('Playwright could not fetch it: trying apt-get install chromium …');
    run('apt-get', ['update', '-q']);
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium']);
    if (findSystemChromium()) return;
  }
  console.error(
    'The browser tests need Chromium or Chrome, and none could be installed. Install one, or set CHROME_PATH to ' +
      'its executable, and run the command again.',
  );
  process.exit(1);
}

async function hasPlaywrightChromium() {
  const { chromium } = await import('@playwright/test');
  return existsSync(chromium.executablePath());
}

/**
 * @param {string} program
 * @param {string[]} args
 */
function run(program, args) {
  spawnSync(program, args, { cwd: ROOT, stdio: ['ignore', 2, 2], timeout: 10 * 60_000 });
}
