import type { Backend } from './backend';
import type { Component, ModelFile } from './manifest';
import { runSelfTest } from './self-test';
import { openSession } from './session';
import type { ModelSession } from './session-types';

/** Reads a file of the model whole; see `readModelFile`. */
export type ReadFile = (file: ModelFile) => Promise<Blob>;

/** Compiles one graph of a model and checks its numbers on this device before anyone may use it. */
export async function openComponent(
  name: string,
  component: Component,
  readFile: ReadFile,
  backend: Backend,
  onSelfTest: () => void,
): Promise<ModelSession> {
  const graph = await readFile(component.graph);
  const weights = await Promise.all(
    component.weights.map(async (file) => ({ name: file.name, blob: await readFile(file) })),
  );
  const half = Object.values(component.inputs).some(({ dtype }) => dtype === 'float16');
  const session = await openSession({ graph, weights, half }, backend);
  try {
    if (component.selfTest) onSelfTest();
    await runSelfTest(name, component, session);
    return session;
  } catch (error) {
    await session.release();
    throw error;
  }
}
