import { runToEnd } from './end.js';
import { ensureChromium } from './ensure-chromium.js';
import { ensureBuilt, ensureInstalled, requireNode } from './install.js';
import { createProgressPrinter } from './progress-printer.js';

/** @typedef {import('./app-browser.js').HeadlessApp} HeadlessApp */

/**
 * What a command asks of the app. `mounts` are folders that its page may read; `work` calls the app and writes what came.
 *
 * @typedef {object} Plan
 * @property {import('./static-server.js').Mount[]} mounts
 * @property {boolean} [outlivesCtrlC]  The work itself ends at Ctrl-C.
 * @property {(progress: any) => string | null} describe  A report of progress in words; null: nothing to show.
 * @property {(app: HeadlessApp, progress: ReturnType<typeof createProgressPrinter>) => Promise<void>} work
 */

/**
 * Runs a command of the terminal in the built app, in a headless Chromium: help, options, what is missing, the page, the
 * end. `plan` reads the options and throws `RequestInvalid` by name before anything is installed or started. Exit codes:
 * see end.js.
 *
 * @param {{ usage: string, plan: (args: string[]) => Plan }} command
 */
export async function runInApp({ usage, plan }) {
  requireNode();
  await runToEnd(async () => {
    const args = process.argv.slice(2);
    if (asksForHelp(args)) {
      process.stdout.write(usage);
      return;
    }
    const { mounts, outlivesCtrlC, describe, work } = plan(args);
    ensureInstalled();
    ensureBuilt();
    await ensureChromium();

    // Not at the top: Playwright may only now have been installed.
    const { openHeadlessApp } = await import('./app-browser.js');
    const app = await openHeadlessApp({ mounts, outlivesCtrlC });
    const progress = createProgressPrinter(process.stderr, describe);
    try {
      await work(app, progress);
    } finally {
      progress.end();
      await app.close();
    }
  });
}

/**
 * Whether the command line asks for help and nothing else.
 *
 * @param {string[]} args
 */
export function asksForHelp(args) {
  const end = args.indexOf('--');
  const flags = end < 0 ? args : args.slice(0, end);
  return flags.includes('--help') || flags.includes('-h');
}

/** @param {unknown} line what a program that reads our output gets: one line of JSON */
export function printJson(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
