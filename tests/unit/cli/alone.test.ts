import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const MODULE = new URL('../../../cli/alone.js', import.meta.url).href;

/** A program of its own that works alone for `folder`, and the folder in which its lock lies. */
function program(folder: string, work: string): [string[], NodeJS.ProcessEnv] {
  const code = `import { appendFileSync } from 'node:fs';
    import { alone } from ${JSON.stringify(MODULE)};
    const log = (line) => appendFileSync(${JSON.stringify(join(folder, 'log'))}, line + '\\n');
    const wait = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    alone(${JSON.stringify(folder)}, () => { ${work} }, () => log('waits'));`;
  return [['--input-type=module', '--eval', code], { ...process.env, TMPDIR: folder }];
}

function run(folder: string, work: string): Promise<number | null> {
  const [args, env] = program(folder, work);
  return new Promise((resolve) => spawn(process.execPath, args, { env }).on('close', resolve));
}

const newFolder = () => mkdtempSync(join(tmpdir(), 'alone-'));
const linesOf = (folder: string) => readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');

test('of three programs that start at once each works by itself', async () => {
  const folder = newFolder();
  const work = "log('begins'); wait(400); log('ends');";
  expect(await Promise.all([1, 2, 3].map(() => run(folder, work)))).toEqual([0, 0, 0]);
  const lines = linesOf(folder);
  expect(lines).toContain('waits');
  const turns = lines.filter((line) => line !== 'waits');
  expect(turns).toEqual([1, 2, 3].flatMap(() => ['begins', 'ends']));
}, 20_000);

test('one that was killed, or that ended in its work, holds nobody up', async () => {
  const folder = newFolder();
  const [args, env] = program(folder, "process.kill(process.pid, 'SIGKILL')");
  spawnSync(process.execPath, args, { env });
  expect(await run(folder, "log('first'); process.exit(3)")).toBe(3);
  expect(await run(folder, "log('second')")).toBe(0);
  expect(linesOf(folder).filter((line) => line !== 'waits')).toEqual(['first', 'second']);
}, 20_000);

test('a lock that is not written yet is waited for', async () => {
  const folder = newFolder();
  await run(folder, "log('first')");
  const lock = spawnSync(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { createHash } from 'node:crypto';
     process.stdout.write(createHash('sha256').update(${JSON.stringify(folder)}).digest('hex').slice(0, 16));`,
  ]).stdout.toString();
  const path = join(folder, `phantoscope-${lock}.lock`);
  writeFileSync(path, '');
  const [args, env] = program(folder, "log('second')");
  const { signal } = spawnSync(process.execPath, args, { env, timeout: 1500 });
  expect(signal).toBe('SIGTERM');
  expect(linesOf(folder)).toEqual(['first', 'waits']);
}, 20_000);
