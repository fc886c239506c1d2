import { hasHalf, type Backend } from './backend';
import type { GpuDevice } from './gpu-device';
import { fixedTensors } from './graph-capture';
import type { Component, ModelFile } from '../manifest/manifest';
import type { Twin } from '../manifest/model-files';
import { runSelfTest } from './self-test';
import { openSession } from './session';
import type { ModelSession } from './session-types';

/** Reads a file of the model whole; see `readModelFile`. */
export type ReadFile = (file: ModelFile) => Promise<Blob>;

/** What may be chosen besides. */
export interface OpenOptions {
  onSelfTest?: () => void;
  /** Where it is given, the self-test is handed to it instead of being run. */
  later?: (test: () => Promise<void>) => void;
  /** For a graph that runs often: on a GPU it is replayed where the manifest leaves none of its dimensions free but a batch of one. */
  replay?: boolean;
  /** Told whether replaying works, where it was tried. */
  onRecording?: (works: boolean) => void;
  /**
   * Takes this graph where the component has one: `cpuGraph` on the CPU, for more memory; `halfGraph` where there is a
   * self-test and a device with the arithmetic, and the plain one if it fails.
   */
  twin?: Twin;
  /** Told whether float16 works, where it was tried; again where it fails a test that was put off. */
  onHalf?: (works: boolean) => void;
}

/** Compiles one graph of a model and checks its numbers on this device before anyone may use it. */
export async function openComponent(
  name: string,
  component: Component,
  readFile: ReadFile,
  backend: Backend,
  options: OpenOptions = {},
): Promise<ModelSession> {
  const { twin } = options;
  const graph = twin && component[twin];
  if (twin === 'halfGraph' && graph && component.selfTest && hasHalf(backend)) {
    const session = await orNull(backend.gpu!, () =>
      open(name, { ...component, graph }, readFile, backend, options, true),
    );
    options.onHalf?.(session !== null);
    if (session) return session;
  }
  const onCpu = twin === 'cpuGraph' && graph && !backend.gpu;
  return open(name, onCpu ? { ...component, graph } : component, readFile, backend, options);
}

const HALF_FAILED = new Set(['SelfTestFailed', 'RuntimeFailed', 'ModelUnsupported']);

/** Null where float16 failed and the device is as good as before: what it cannot compile is no harm then. */
async function orNull(gpu: GpuDevice, work: () => Promise<ModelSession>) {
  try {
    return await gpu.tolerating(work);
  } catch (error) {
    if (gpu.lost || !HALF_FAILED.has((error as Error).name)) throw error;
    return null;
  }
}

/** Tells of a failed self-test of a graph in float16, and passes every error on. */
function noting(onHalf: OpenOptions['onHalf']) {
  return (error: unknown) => {
    if ((error as Error).name === 'SelfTestFailed') onHalf?.(false);
    throw error;
  };
}

async function open(
  name: string,
  component: Component,
  readFile: ReadFile,
  backend: Backend,
  { onSelfTest, later, replay, onRecording, onHalf }: OpenOptions,
  half = false,
): Promise<ModelSession> {
  const graph = await readFile(component.graph);
  const weights = await Promise.all(
    component.weights.map(async (file) => ({ name: file.name, blob: await readFile(file) })),
  );
  const { channelsFirst } = component;
  const fixed = replay ? fixedTensors(component) : undefined;
  const session = await openSession({ graph, weights, fixed, channelsFirst }, backend);
  if (fixed && backend.gpu) onRecording?.(session.replays === true);
  const test = () => runSelfTest(name, component, session, half);
  try {
    if (later) {
      later(half ? () => test().catch(noting(onHalf)) : test);
      return session;
    }
    if (component.selfTest) onSelfTest?.();
    await test();
    return session;
  } catch (error) {
    await session.release();
    throw error;
  }
}
