import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIST } from '../../../cli/install.js';
import { test as base, TINY_MODEL } from '../app';

/** A copy of the built app with the tiny model, at `folder`, below a root that a plain host may serve. */
export interface StaticCopy {
  root: string;
  folder: string;
  /** Replaces text in a file of the copy; every occurrence. */
  edit(path: string, from: string | RegExp, to: string): void;
  remove(): void;
}

/** Copies the app to `root/below`. */
export function copyApp(below = ''): StaticCopy {
  const root = mkdtempSync(join(tmpdir(), 'phantoscope-static-'));
  const folder = join(root, below);
  const models = join(DIST, 'models');
  cpSync(DIST, folder, { recursive: true, filter: (source) => source !== models });
  cpSync(TINY_MODEL, folder, { recursive: true });
  return {
    root,
    folder,
    edit(path, from, to) {
      const file = join(folder, path);
      const before = readFileSync(file, 'utf8');
      const after = before.replace(from, to);
      if (after === before) throw new Error(`${path} has no ${String(from)} to replace`);
      writeFileSync(file, after);
    },
    remove: () => rmSync(root, { recursive: true }),
  };
}

/** With a `copy` that a test may change, `below` its root. */
export const test = base.extend<{ below: string; copy: StaticCopy }>({
  below: ['', { option: true }],
  copy: async ({ below }, use) => {
    const copy = copyApp(below);
    await use(copy);
    copy.remove();
  },
});

/** Whether this machine has the plainest static host there is. */
export const hasPython = spawnSync('python3', ['--version']).status === 0;

/** `python3 -m http.server` on a free port. */
export async function servePython(folder: string): Promise<{ url: string; stop(): Promise<void> }> {
  const args = ['-u', '-m', 'http.server', '0', '--bind', '127.0.0.1', '--directory', folder];
  const server: ChildProcess = spawn('python3', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const port = await new Promise<string>((resolve, reject) => {
    server.once('exit', () => reject(new Error('python3 -m http.server ended')));
    server.stdout!.on('data', (chunk: Buffer) => {
      const found = /port (\d+)/.exec(chunk.toString());
      if (found) resolve(found[1]);
    });
  });
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: () =>
      new Promise((resolve) => {
        server.removeAllListeners('exit').once('exit', () => resolve());
        server.kill();
      }),
  };
}
