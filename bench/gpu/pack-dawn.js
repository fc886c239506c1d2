/**
 * Packs everything to time the graphs on a machine with a GPU and without a network, a browser or Node into one archive.
 *
 *     npm run bench-gpu -- --dawn [--out runs/bench-gpu.tar.xz] [--models DIR]... [--modules DIR]
 *
 * There: tar xf bench-gpu.tar.xz && bench-gpu/run.sh (--help says what it takes). Linux of this machine's processor, with
 * libvulkan.so.1 and a Vulkan driver. --models: a folder with a model-manifest.json and the files it names, whose graphs are
 * packed instead of the shipped ones; weights are not packed but made there, at random.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { contentsOf, MOST_BYTES } from './portable/contents.js';
import { MODULES, ROOT } from './runtime.js';

const { values } = parseArgs({
  options: {
    dawn: { type: 'boolean' },
    out: { type: 'string', default: join(ROOT, 'runs/bench-gpu.tar.xz') },
    models: { type: 'string', multiple: true },
    modules: { type: 'string', default: MODULES },
  },
});
const out = resolve(values.out);
const staging = mkdtempSync(join(tmpdir(), 'bench-gpu-'));
try {
  const folder = join(staging, 'bench-gpu');
  for (const file of contentsOf({ modules: resolve(values.modules), models: values.models })) {
    const to = join(folder, file.to);
    mkdirSync(dirname(to), { recursive: true });
    if ('text' in file) writeFileSync(to, file.text);
    else cpSync(file.from, to, { dereference: true });
  }
  chmodSync(join(folder, 'run.sh'), 0o755);
  mkdirSync(dirname(out), { recursive: true });
  const { status } = spawnSync('tar', ['-C', staging, '-cJf', out, basename(folder)], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('tar failed: is xz installed?');
  const { size } = statSync(out);
  const megabytes = `${(size / 1e6).toFixed(1)} MB`;
  if (size > MOST_BYTES) {
    throw new Error(`${out} has ${megabytes}, more than ${MOST_BYTES / 1e6}: pack fewer models.`);
  }
  console.log(`${out}: ${megabytes}`);
} catch (error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  console.error(message);
  if (code === 'ENOENT' && message.includes('webgpu')) {
    console.error('First: npm install --no-save webgpu@0.6.2');
  }
  process.exitCode = 1;
} finally {
  rmSync(staging, { recursive: true, force: true });
}
