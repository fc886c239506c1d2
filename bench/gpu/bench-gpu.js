/**
 * Measures UNet steps on this machine's GPU: the app in a headless Chromium, and PyTorch beside it.
 *
 *     npm run bench-gpu -- --dawn …   packs an archive for another machine: see pack-dawn.js
 *     npm run bench-gpu [-- --models DIR] [--steps N] [--images N] [--python PATH] [--allow-software] [--json]
 *
 * Without --models: the shipped model. With it, a folder that has a model-manifest.json and the files it names, such as
 * runs/sd15-random-float16 of training/goldens/make_random_sd.py; PyTorch is then measured on SD 1.5's shape too, where
 * --python names a Python with torch and diffusers. A software adapter is refused: it says nothing about GPUs. With
 * --allow-software it only proves that this script runs.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureChromium } from '../../cli/ensure-chromium.js';
import { ROOT, ensureBuilt, ensureInstalled, requireNode } from '../../cli/install.js';

/** Without these Chromium leaves the GPU alone when it has no window. */
const GPU_FLAGS = ['--ignore-gpu-blocklist', '--enable-features=Vulkan', '--use-angle=vulkan'];

requireNode();
if (process.argv.includes('--dawn')) {
  ensureInstalled();
  await import('./pack-dawn.js');
  process.exit();
}
const { values: options } = parseArgs({
  options: {
    models: { type: 'string' },
    steps: { type: 'string', default: '10' },
    images: { type: 'string', default: '3' },
    python: { type: 'string' },
    'allow-software': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
ensureInstalled();
ensureBuilt();
await ensureChromium();
const { openHeadlessApp } = await import('../../cli/app-browser.js');

const software = options['allow-software'];
const app = await openHeadlessApp({
  mounts: options.models ? mountsOf(resolve(options.models)) : [],
  args: software ? [] : GPU_FLAGS,
});
try {
  const adapter = await app.page.evaluate(async () => {
    const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) return null;
    const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
    const features = ['shader-f16', 'subgroups', 'timestamp-query'].filter((name) =>
      adapter.features.has(name),
    );
    return { vendor, architecture, description, isFallbackAdapter, features };
  });
  if (!adapter || (adapter.isFallbackAdapter && !software)) {
    console.error('WebGPU finds no GPU in headless Chromium here: install its Vulkan driver.');
    process.exit(1);
  }
  const { models, defaultModel } = await app.call('manifest', []);
  const modelId = models.find(({ id }) => id === defaultModel)?.id ?? models[0]?.id ?? '';
  await app.call('install', [modelId]);
  const webgpu = await app.call('benchmark', [
    {
      modelId,
      choice: 'webgpu',
      numInferenceSteps: Number(options.steps),
      numImages: Number(options.images),
    },
  ]);
  const rows = webgpu.guidanceScale > 1 ? 2 : 1;
  const torch = options.python ? measureTorch(options.python, rows) : null;
  report({ adapter, webgpu, torch });
} finally {
  await app.close();
}

/**
 * @param {string} folder  Its manifest may name files beside itself by their place in an app.
 * @returns {import('../../cli/static-server.js').Mount[]}
 */
function mountsOf(folder) {
  const { models } = JSON.parse(readFileSync(join(folder, 'model-manifest.json'), 'utf8'));
  const beside = models.map((/** @type {{ baseUrl: string }} */ { baseUrl }) => ({
    prefix: `/${baseUrl}`,
    folder,
  }));
  return [{ prefix: '/', folder }, ...beside];
}

/**
 * @param {string} python
 * @param {number} batch
 */
function measureTorch(python, batch) {
  const args = [join(ROOT, 'bench/gpu/torch_steps.py'), '--batch', String(batch)];
  if (software) args.push('--shape', 'tiny', '--device', 'cpu', '--steps', '2');
  const { status, stdout, stderr } = spawnSync(python, args, { encoding: 'utf8' });
  if (status === 0) return JSON.parse(stdout);
  console.error(stderr.trim());
  return null;
}

/** @param {{ adapter: any, webgpu: import('../../src/contract/benchmark.ts').BenchmarkResult, torch: any }} result */
function report({ adapter, webgpu, torch }) {
  if (options.json) return console.log(JSON.stringify({ adapter, webgpu, torch }));
  const { cold, warm, overheadRatio, readBackRatio } = webgpu;
  console.log(`${webgpu.modelId} on ${webgpu.backend.device}, ${webgpu.numInferenceSteps} steps, milliseconds
              text encoder  one step  VAE decoder     image
first image   ${columns(cold)}
median        ${columns(warm)}
generate() over its session runs ${overheadRatio.toFixed(3)}; read-back each step ${readBackRatio?.toFixed(3)} times as long`);
  if (!torch) return console.log('PyTorch: not measured');
  const ratio = (warm.msStep / torch.msEager).toFixed(2);
  console.log(`PyTorch ${torch.torch}, ${torch.dtype}, ${torch.shape}, batch ${torch.batch}, ${torch.device}: eager
${torch.msEager} ms, compiled ${torch.msCompiled} ms a step; the app takes ${ratio} times eager (goal: 2 at most, same shape)`);
}

/** @param {import('../../src/contract/benchmark.ts').StageTimes} stages */
function columns({ msEncode, msStep, msDecode, msTotal }) {
  return [msEncode, msStep, msDecode, msTotal].map((ms) => ms.toFixed(1).padStart(10)).join('');
}
