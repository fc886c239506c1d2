import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from '@playwright/test';
import { startStaticServer, type Mount } from '../../../cli/static-server.js';
import type { DiffusionManifest } from '../../diffusion-manifest';
import { SHIPPED } from '../app';
import { startKillableBrowser, type KillableBrowser } from './killable-browser';
import { writeLargeModel } from './large-model';
import { watchMemory } from './process-memory';

/**
 * Stable Diffusion 1.5 at its true size, with random weights. The packages come from
 * training/goldens/make_random_sd.py:
 *
 *     python -m training.goldens.make_random_sd --weights int8 --out runs/sd15-random-int8
 *     python -m training.goldens.make_random_sd --weights float16 --out runs/sd15-random-float16
 */
const packageOf = (weights: string) =>
  resolve(process.env.PROVE_SD_RUNS ?? 'runs', `sd15-random-${weights}`);

/** Serves the app with one package, its manifest as `changed`, and runs `work` with it installed. */
async function withPackage(
  folder: string,
  work: (modelId: string, browser: KillableBrowser) => Promise<void>,
  changed: (manifest: DiffusionManifest) => void = () => undefined,
) {
  const manifestPath = join(folder, 'model-manifest.json');
  test.skip(
    !existsSync(manifestPath),
    `there is no ${folder}: make it with training/goldens/make_random_sd.py`,
  );
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as DiffusionManifest;
  const [{ id, baseUrl }] = manifest.models;
  changed(manifest);
  const offered = await mkdtemp(join(tmpdir(), 'phantoscope-sd-manifest-'));
  try {
    await writeFile(join(offered, 'model-manifest.json'), JSON.stringify(manifest));
    const mounts = [
      { prefix: `/${baseUrl}`, folder },
      { prefix: '/', folder: offered },
      ...SHIPPED,
    ];
    await withModel(mounts, id, (browser) => work(id, browser));
  } finally {
    await rm(offered, { recursive: true, force: true });
  }
}

/** Serves these folders, installs a model in a browser of its own, and runs `work`. */
async function withModel(
  mounts: Mount[],
  modelId: string,
  work: (browser: KillableBrowser) => Promise<void>,
) {
  test.skip(platform() !== 'linux', 'memory is read from /proc');
  const server = await startStaticServer({ mounts });
  const profile = await mkdtemp(join(tmpdir(), 'phantoscope-sd-'));
  const browser = await startKillableBrowser(profile);
  try {
    await browser.page.goto(`${server.url}cli.html`);
    const start = performance.now();
    const installing = watchMemory(browser.pid);
    await browser.page.evaluate((id) => window.phantoscope.install(id), modelId);
    installing.stop();
    const msInstall = Math.round(performance.now() - start);
    console.log(JSON.stringify({ model: modelId, msInstall, peak: installing.peak }));
    await work(browser);
  } finally {
    await browser.close();
    await server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Loads the model and, where `steps` is 1, makes one denoising step; milliseconds of each graph and of the step. */
function loadAndStep(
  { page }: KillableBrowser,
  modelId: string,
  backend: 'wasm' | 'webgpu',
  steps: 0 | 1,
) {
  return page.evaluate(
    async ({ modelId, backend, steps }) => {
      const start = performance.now();
      const at: Record<string, number> = {};
      const note = (name: string) => (at[name] ??= Math.round(performance.now() - start));
      const onProgress = (progress: { stage: string; component?: string; step?: number }) =>
        note(
          [progress.stage, progress.component ?? progress.step]
            .filter((x) => x !== undefined)
            .join(' '),
        );
      const report = await window.phantoscope.prepare(modelId, backend, onProgress);
      note('ready');
      if (steps === 1) {
        await new Promise<void>((resolve, reject) => {
          const request = {
            ...{ modelId, prompt: 'chest x-ray', negativePrompt: '', seed: 1, imageIndex: 0 },
            ...{ numInferenceSteps: 1, guidanceScale: 1, scheduler: 'euler', covariates: {} },
          };
          const onStep = (progress: Parameters<typeof onProgress>[0]) => {
            onProgress(progress);
            if (progress.stage === 'denoise' && progress.step === 1) resolve(); // decoding is another proof's
          };
          window.phantoscope.generate(request, backend, onStep).catch(reject);
        });
      }
      return { report, at };
    },
    { modelId, backend, steps },
  );
}

test('int8 weights load and make one step on wasm', async () => {
  test.setTimeout(3_600_000);
  await withPackage(packageOf('int8'), async (modelId, browser) => {
    const memory = watchMemory(browser.pid);
    const { report, at } = await loadAndStep(browser, modelId, 'wasm', 1);
    memory.stop();
    console.log(JSON.stringify({ modelId, report, at, peak: memory.peak }));
    expect(at['denoise 1']).toBeGreaterThan(at['denoise 0']);
  });
});

/** Loading is what is proven: a device without float16 arithmetic loads too, and would only refuse to compute. */
function onAnyDevice({ models }: DiffusionManifest) {
  for (const { requirements } of models) requirements.features = [];
}

test('float16 weights load through the WebGPU execution provider', async () => {
  test.setTimeout(3_600_000);
  const load = async (modelId: string, browser: KillableBrowser) => {
    const memory = watchMemory(browser.pid);
    const { report, at } = await loadAndStep(browser, modelId, 'webgpu', 0);
    memory.stop();
    console.log(JSON.stringify({ modelId, report, at, peak: memory.peak }));
    expect(report.backend).toBe('webgpu'); // and not, with less memory left, the CPU
  };
  await withPackage(packageOf('float16'), load, onAnyDevice);
});

/** 1.7 GiB in shards of 32 MiB, as much as a UNet of Stable Diffusion 1.5 in float16; fewer for a trial of this file. */
const NUM_SHARDS = Number(process.env.PROVE_LOAD_SHARDS ?? 54);

test('as many bytes of weights load through the WebGPU execution provider on any adapter', async () => {
  test.setTimeout(3_600_000);
  const folder = await mkdtemp(join(tmpdir(), 'phantoscope-sd-large-'));
  try {
    const { modelId, bytes } = writeLargeModel(folder, NUM_SHARDS);
    await withModel([{ prefix: '/', folder }, ...SHIPPED], modelId, async (browser) => {
      const memory = watchMemory(browser.pid);
      const { report, at } = await loadAndStep(browser, modelId, 'webgpu', 0);
      memory.stop();
      console.log(JSON.stringify({ modelId, bytes, report, at, peak: memory.peak }));
      expect(report.backend).toBe('webgpu');
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
