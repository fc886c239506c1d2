import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Browser, type Page } from '@playwright/test';
import { chromiumLaunchOptions } from '../../../cli/chromium.js';

/** A browser of our own, whose processes can be ended as a power cut would. */
export interface KillableBrowser {
  page: Page;
  pid: number;
  /** SIGKILL to all its processes at once; resolves when they are gone. */
  kill(): Promise<void>;
  /** Nothing of it runs for so long, as while a machine sleeps. */
  sleep(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts a headless browser on a profile folder, which outlives it. */
export async function startKillableBrowser(profile: string): Promise<KillableBrowser> {
  const { executablePath, args } = chromiumLaunchOptions();
  // What a killed browser leaves behind must not speak for the new one.
  for (const name of [
    'DevToolsActivePort',
    'SingletonLock',
    'SingletonCookie',
    'SingletonSocket',
  ]) {
    rmSync(join(profile, name), { force: true });
  }
  const child = spawn(
    executablePath ?? chromium.executablePath(),
    [
      ...args,
      '--headless',
      `--user-data-dir=${profile}`,
      '--remote-debugging-port=0',
      'about:blank',
    ],
    { detached: true, stdio: 'ignore' }, // a process group of its own, to be killed as a whole
  );
  const browser = await connect(child, join(profile, 'DevToolsActivePort'));
  const [context] = browser.contexts();
  const end = async (signal: NodeJS.Signals) => {
    const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null;
    try {
      process.kill(-child.pid!, signal);
    } catch {
      // it has ended by itself
    }
    await gone;
    await browser.close().catch(() => undefined);
  };
  return {
    page: await context.newPage(),
    pid: child.pid!,
    kill: () => end('SIGKILL'),
    async sleep(ms) {
      process.kill(-child.pid!, 'SIGSTOP');
      await sleep(ms);
      process.kill(-child.pid!, 'SIGCONT');
    },
    close: () => end('SIGTERM'),
  };
}

async function connect(child: ChildProcess, portFile: string): Promise<Browser> {
  for (let i = 0; i < 600; i++) {
    const [port, path] = existsSync(portFile) ? readFileSync(portFile, 'utf8').split('\n') : [];
    if (path) return chromium.connectOverCDP(`ws://127.0.0.1:${port}${path}`);
    if (child.exitCode !== null) break;
    await sleep(50);
  }
  throw new Error(`Chromium did not open its debugging port (exit code ${child.exitCode})`);
}
