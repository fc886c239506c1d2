import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPlan, type Plan } from '../../../bench/gpu/onnx-plan.js';
import { contentsOf, MOST_BYTES, type ListedGraph } from '../../../bench/gpu/portable/contents.js';
import { measureSpread, writeWeights } from '../../../bench/gpu/portable/weights.js';

const ROOT = resolve(import.meta.dirname, '../../..');
/** What node's and Dawn's binaries take in the archive (xz, measured: 22 and 4.9 MB), with room to grow. */
const BINARIES = 32e6;

let modules = '';
let files: ReturnType<typeof contentsOf> = [];

/** The packages as they lie in node_modules; of `webgpu`, which is not among the dependencies, only the names. */
beforeAll(() => {
  modules = mkdtempSync(join(tmpdir(), 'modules-'));
  const names = ['index.js', 'package.json', 'LICENSE.md', `dist/linux-${process.arch}/dawn.node`];
  for (const name of names.map((name) => join(modules, 'webgpu', name))) {
    mkdirSync(dirname(name), { recursive: true });
    writeFileSync(name, '');
  }
  const dist = 'onnxruntime-web/dist';
  mkdirSync(join(modules, dist), { recursive: true });
  for (const name of [
    'ort.webgpu.min.mjs',
    'ort-wasm-simd-threaded.asyncify.mjs',
    'ort-wasm-simd-threaded.asyncify.wasm',
  ]) {
    writeFileSync(join(modules, dist, name), readFileSync(join(ROOT, 'node_modules', dist, name)));
  }
  files = contentsOf({ modules });
}, 120_000);

afterAll(() => rmSync(modules, { recursive: true, force: true }));

/** A packed file's bytes. */
const bytesOf = (file: (typeof files)[number]) =>
  'text' in file ? Buffer.from(file.text) : readFileSync(file.from);

/** What graphs.json names. */
const listOf = () =>
  JSON.parse(bytesOf(files.find(({ to }) => to === 'graphs.json')!).toString()) as ListedGraph[];

test('the archive is whole: what a script imports or starts, and what a list names, is packed', () => {
  const packed = new Set(files.map(({ to }) => posix.normalize(to)));
  const scripts = files.filter(({ to }) => to.startsWith('bench/') && to.endsWith('.js'));
  const imports = scripts.flatMap((file) =>
    [
      ...bytesOf(file)
        .toString()
        .matchAll(/^import .* from '(\.[^']+)'/gm),
    ].map(([, path]) => posix.join(posix.dirname(file.to), path)),
  );
  const started = scripts.flatMap((file) =>
    [
      ...bytesOf(file)
        .toString()
        .matchAll(/'(bench\/gpu\/[\w/]+\.(?:js|py))'/g),
    ].map(([, path]) => path),
  );

  expect(imports.length).toBeGreaterThan(8);
  expect(started).toHaveLength(2);
  for (const path of [...imports, ...started, 'node', 'run.sh', 'bench/gpu/portable/run.js']) {
    expect(packed, path).toContain(path);
  }
  const listed = listOf();
  expect(listed.map(({ title }) => title)).toEqual([
    'phantoscope-medical-256 UNet',
    'phantoscope-medical-256 decoder',
    'phantoscope-medical-256-guided UNet',
    'phantoscope-medical-256 UNet, float16',
    'phantoscope-medical-256 decoder, float16',
    'phantoscope-medical-256-guided UNet, float16',
  ]);
  for (const { plan, models } of listed) {
    for (const path of [plan, plan.replace('.json', ''), `${models}/model-manifest.json`]) {
      expect(packed, path).toContain(posix.normalize(path));
    }
  }
});

test('a graph in float16 reads the weights that are made for its float32 graph, and no others', () => {
  const listed = listOf();
  const storedOf = ({ plan }: ListedGraph) => {
    const { tensors } = JSON.parse(
      bytesOf(files.find(({ to }) => to === plan)!).toString(),
    ) as Plan;
    const stored = Object.values(tensors).filter(({ file }) => file);
    return new Set(stored.map(({ file, offset, bytes }) => `${file} ${offset} ${bytes}`));
  };
  const halves = listed.filter(({ twinOf }) => twinOf !== undefined);

  expect(halves.map(({ twinOf }) => twinOf)).toEqual([0, 1, 2]);
  for (const half of halves) {
    const float = listed[half.twinOf!];
    expect(half.title).toBe(`${float.title}, float16`);
    expect(half.folder).toBe(float.folder);
    expect(storedOf(half)).toEqual(storedOf(float));
    expect(storedOf(half).size).toBeGreaterThan(20);
  }
});

test('no weights are packed, and the archive fits into its limit', () => {
  expect(files.filter(({ to }) => to.endsWith('.bin'))).toEqual([]);
  const rest = files.filter(({ to }) => to !== 'node');
  // gzip packs worse than the xz of the archive.
  const bytes = rest.reduce((sum, file) => sum + gzipSync(bytesOf(file), { level: 1 }).length, 0);

  expect(bytes).toBeGreaterThan(4e6);
  expect(bytes + BINARIES).toBeLessThan(MOST_BYTES);
}, 60_000);

test('random weights have the files, the mean and the spread of the real ones, and come again by their seed', () => {
  const folder = join(ROOT, 'tests/fixtures/tiny-model/models/tiny');
  const plan = readPlan(new Uint8Array(readFileSync(join(folder, 'unet.onnx'))));
  const real = new Uint8Array(readFileSync(join(folder, 'unet-0.bin')));
  const stored = Object.values(plan.tensors).filter(({ file }) => file);
  expect(stored.length).toBeGreaterThan(20);
  for (const tensor of stored) measureSpread(tensor, real);

  const made = [0, 0, 1].map((seed, i) => {
    const out = join(modules, `weights-${i}`);
    writeWeights(plan, out, seed);
    expect(statSync(join(out, 'unet-0.bin')).size).toBeLessThanOrEqual(real.length);
    return new Uint8Array(readFileSync(join(out, 'unet-0.bin')));
  });

  expect(made[1]).toEqual(made[0]);
  expect(made[2]).not.toEqual(made[0]);
  for (const tensor of stored.filter(({ bytes }) => bytes > 4000)) {
    const again = { ...tensor };
    measureSpread(again, made[0]);
    expect(Math.abs(again.mean! - tensor.mean!)).toBeLessThan(0.2 * tensor.spread! + 1e-6);
    expect(again.spread! / tensor.spread!).toBeGreaterThan(0.7);
    expect(again.spread! / tensor.spread!).toBeLessThan(1.3);
  }
});

test('a weight file that is too short is named', () => {
  const tensor = { dtype: 'float32', dims: [4], file: 'w.bin', offset: 0, bytes: 16 };
  expect(() => measureSpread(tensor, new Uint8Array(8))).toThrow('w.bin has 8 bytes');
});
