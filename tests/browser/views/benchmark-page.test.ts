import { expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import type { ModelManifest } from '../../../src/models/manifest/manifest';
import {
  BenchmarkState,
  type BenchmarkSource,
} from '../../../src/views/benchmark/benchmark.svelte';
import BenchmarkPage from '../../../src/views/benchmark/BenchmarkPage.svelte';
import type { BenchmarkRequest, BenchmarkResult } from '../../../src/contract/benchmark';
import manifest from '../../fixtures/tiny-model/model-manifest.json';

const stages = (factor: number) => ({
  ...{ msEncode: 2 * factor, msStep: 30 * factor, msDecode: 40 * factor, msTotal: 162 * factor },
});
const result: BenchmarkResult = {
  ...{ modelId: 'tiny', numInferenceSteps: 4, guidanceScale: 1, numImages: 3, msLoad: 500 },
  backend: { backend: 'webgpu', device: 'Some GPU', reason: '' },
  ...{ cold: stages(10), warm: stages(1), overheadRatio: 1.02, readBackRatio: 1.3 },
};

function source(change: Partial<BenchmarkSource> = {}) {
  const asked: BenchmarkRequest[] = [];
  const made: BenchmarkSource = {
    loadManifest: () => Promise.resolve(manifest as unknown as ModelManifest),
    install: () => Promise.resolve(),
    run: (request) => (asked.push(request), Promise.resolve(result)),
    ...change,
  };
  return { made, asked };
}

test('measuring shows a table and a report that anybody may share', async () => {
  const { made, asked } = source();
  const benchmark = new BenchmarkState(made);
  await benchmark.open();
  const page = await render(BenchmarkPage, { benchmark });
  await page.getByRole('button', { name: 'Measure' }).click();

  await expect.element(page.getByRole('cell', { name: '30.0 ms' })).toBeVisible();
  await expect.element(page.getByText(/1\.020 times its bare graph runs/)).toBeVisible();
  const { defaults } = manifest.models[0];
  const { numInferenceSteps } = defaults;
  expect(asked).toEqual([{ modelId: 'tiny', choice: 'auto', numInferenceSteps, numImages: 3 }]);
  const report = JSON.parse(benchmark.json) as Record<string, unknown>;
  expect(report).toMatchObject({ ...result, cores: navigator.hardwareConcurrency });
  expect(Object.keys(report)).not.toContain('prompt');
});

test('a model that cannot be measured says why', async () => {
  const { made } = source({ run: () => Promise.reject(new Error('no room for it')) });
  const benchmark = new BenchmarkState(made);
  await benchmark.open();
  await benchmark.start();
  expect(benchmark.error?.message).toBe('no room for it');
  expect(benchmark.running).toBe(false);
});
