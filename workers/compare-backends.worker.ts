/** Runs one UNet step on wasm and on WebGPU and says how far apart they are. For `npm run prove-webgpu` only. */
import type { BackendComparison } from '../src/contract/benchmark';
import { openBackend, type Backend } from '../src/models/runtime/backend';
import type { DiffusionEntry } from '../src/models/manifest/manifest';
import { openComponent } from '../src/models/runtime/open-component';
import { selfTestInputs } from '../src/models/runtime/self-test';
import { openWeightStore, readModelFile } from '../src/models/store/weight-store';

self.onmessage = async ({ data }: MessageEvent<DiffusionEntry>) => {
  postMessage(await compare(data).catch((error: unknown) => error));
};

async function compare(entry: DiffusionEntry): Promise<BackendComparison> {
  const [wasm, webgpu] = [await openBackend('wasm'), await openBackend('webgpu')];
  const onWasm = await runUnet(entry, wasm);
  const onWebgpu = await runUnet(entry, webgpu);
  const deviations = onWasm.values.map((value, i) => Math.abs(value - onWebgpu.values[i]));
  return {
    maxDeviation: largest(deviations),
    maxAbs: largest(onWasm.values.map(Math.abs)),
    numValues: onWasm.values.length,
    msWasm: onWasm.ms,
    msWebgpu: onWebgpu.ms,
    webgpuDevice: webgpu.report.device,
  };
}

async function runUnet(entry: DiffusionEntry, backend: Backend) {
  const store = await openWeightStore();
  // Without its stored answer: here the two backends are each other's test.
  const unet = { ...entry.components.unet, selfTest: undefined };
  const session = await openComponent(
    'unet',
    unet,
    (file) => readModelFile(store, entry.id, file),
    backend,
  );
  const start = performance.now();
  const results = await session.run(selfTestInputs(unet));
  const ms = performance.now() - start;
  await session.release();
  store.close();
  return { values: Array.from(results[unet.outputs.noisePred.name].data, Number), ms };
}

/** NaN where any value is: that must fail every comparison that follows. */
function largest(values: number[]): number {
  return values.reduce((max, value) => (value > max || Number.isNaN(value) ? value : max), 0);
}
