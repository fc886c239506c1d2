/**
 * Packs what bench-dawn.js needs into one archive, for a machine with a GPU and without a network, a browser or Node.
 *
 *     node bench/gpu/pack-dawn.js [--out runs/dawn-bench.tar.xz] [--modules DIR]
 *
 * There: tar xf dawn-bench.tar.xz && dawn-bench/node --liftoff-only dawn-bench/bench-dawn.js --modules dawn-bench/modules --models DIR
 * Linux with libvulkan.so.1 and a Vulkan driver only.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HERE = dirname(fileURLToPath(import.meta.url));
const RUNTIME = [
  'ort.webgpu.min.mjs',
  'ort-wasm-simd-threaded.asyncify.mjs',
  'ort-wasm-simd-threaded.asyncify.wasm',
];

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: resolve(HERE, '../../runs/dawn-bench.tar.xz') },
    modules: { type: 'string', default: resolve(HERE, '../../node_modules') },
  },
});
const out = resolve(values.out);
const modules = resolve(values.modules);
const staging = mkdtempSync(join(tmpdir(), 'dawn-bench-'));
try {
  const folder = join(staging, 'dawn-bench');
  const dawn = join(modules, 'webgpu');
  const binaries = `dist/linux-${process.arch}`;
  for (const name of ['bench-dawn.js', 'dawn.js', 'runtime.js'])
    cpSync(join(HERE, name), join(folder, name));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  cpSync(process.execPath, join(folder, 'node'));
  for (const name of ['index.js', 'package.json', 'LICENSE.md', binaries]) {
    cpSync(join(dawn, name), join(folder, 'modules/webgpu', name), { recursive: true });
  }
  for (const name of RUNTIME) {
    cpSync(
      join(modules, 'onnxruntime-web/dist', name),
      join(folder, 'modules/onnxruntime-web/dist', name),
    );
  }
  mkdirSync(dirname(out), { recursive: true });
  const { status } = spawnSync('tar', ['-C', staging, '-cJf', out, 'dawn-bench'], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('tar failed: is xz installed?');
  console.log(`${out}: ${(statSync(out).size / 1e6).toFixed(1)} MB`);
} catch (error) {
  if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
  console.error(
    `${/** @type {Error} */ (error).message}\nFirst: npm install --no-save webgpu@0.6.2`,
  );
  process.exitCode = 1;
} finally {
  rmSync(staging, { recursive: true, force: true });
}
