import { commands } from 'vitest/browser';
import { expect, test } from 'vitest';
import { measureModel } from '../../../src/diffusion/benchmark';
import { percentile } from '../../../src/evaluation/metrics/percentile';
import { wasmBackend } from '../../../src/models/runtime/backend';
import { openSession } from '../../../src/models/runtime/session';
import type { TensorData } from '../../../src/models/runtime/session-types';
import { loadShipped } from './shipped-model';

/** As training/rivals/graphs.py writes it: the graphs that a picture takes, and how often each is run. */
interface Method {
  task: string;
  key: string;
  parts: {
    file: string;
    bytes: number;
    runs: number;
    inputs: Record<string, { dtype: 'float32' | 'int64'; shape: number[] }>;
  }[];
}

/** Runs of a graph in one round, and rounds of all graphs in turn: what else the machine does meets one round, seldom all. */
const TIMES = 5;
const ROUNDS = 3;
const backend = wasmBackend({ kind: 'choseCpu' });

/** Numbers of the right kind: what a graph costs does not depend on them. */
function feedsOf(inputs: Method['parts'][number]['inputs']): Record<string, TensorData> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { dtype, shape }]) => {
      const count = shape.reduce((product, size) => product * size, 1);
      const data =
        dtype === 'int64'
          ? BigInt64Array.from({ length: count }, () => 0n)
          : Float32Array.from({ length: count }, (_, i) => ((i * 7919) % 1000) / 1000 - 0.5);
      return [name, { dtype, dims: shape, data }];
    }),
  );
}

/** Median milliseconds of a run, the first not counted. */
async function msOfRun({ file, inputs }: Method['parts'][number]): Promise<number> {
  const graph = await (await fetch(`/runs/rival-graphs/${file}`)).blob();
  const session = await openSession({ graph, weights: [] }, backend);
  const [feeds, times] = [feedsOf(inputs), [] as number[]];
  for (let i = 0; i <= TIMES; i++) {
    const since = performance.now();
    const { out } = await session.run(feeds);
    expect(Number.isFinite(Number(out.data[0]))).toBe(true);
    times.push(performance.now() - since);
  }
  await session.release();
  return percentile(times.slice(1), 50);
}

/** This project's model as shipped: its own way to a picture, in its standard steps. */
async function shipped() {
  const model = await loadShipped('phantoscope-medical-256');
  const { id, defaults, components, examples } = model.entry;
  const request = {
    ...{ modelId: id, prompt: examples[0].prompt, negativePrompt: '', seed: 1, imageIndex: 0 },
    ...{ numInferenceSteps: defaults.numInferenceSteps, scheduler: defaults.scheduler },
    ...{ guidanceScale: defaults.guidanceScale, covariates: {} },
  };
  const { warm } = await measureModel(model, request, 3, new AbortController().signal);
  await model.release();
  const parts = [components.textEncoder, components.unet, components.vaeDecoder];
  const bytes = parts
    .flatMap(({ graph, weights }) => [graph, ...weights])
    .reduce((sum, file) => sum + file.bytes, 0);
  return { seconds: warm.msTotal / 1000, bytes };
}

test('a picture of each method, timed in the page’s runtime', async () => {
  const methods = (await (await fetch('/runs/rival-graphs/index.json')).json()) as Method[];
  const found: Record<string, Record<string, { seconds: number; bytes: number }>> = {};
  const rounds = methods.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [k, { parts }] of methods.entries()) {
      let seconds = 0;
      for (const part of parts) seconds += (part.runs * (await msOfRun(part))) / 1000;
      rounds[k].push(seconds);
    }
  }
  for (const [k, { task, key, parts }] of methods.entries()) {
    console.info(`${task}, ${key}: ${rounds[k].map((seconds) => seconds.toFixed(3)).join(', ')} s`);
    (found[task] ??= {})[key] = {
      seconds: percentile(rounds[k], 50),
      bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }
  const ours = await shipped();
  for (const task of Object.values(found)) task.shipped = ours;
  await commands.writeDoc(
    'comparison-metrics/browser.json',
    `${JSON.stringify({ threads: backend.numThreads, tasks: found }, null, 1)}\n`,
  );
  expect(Object.keys(found).length).toBeGreaterThan(0);
}, 3_600_000);
