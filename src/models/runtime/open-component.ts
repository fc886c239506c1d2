import type { Backend } from './backend';
import { fixedTensors } from './graph-capture';
import type { Component, ModelFile } from '../manifest/manifest';
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
}

/** Compiles one graph of a model and checks its numbers on this device before anyone may use it. */
export async function openComponent(
  name: string,
  component: Component,
  readFile: ReadFile,
  backend: Backend,
  { onSelfTest, later, replay, onRecording }: OpenOptions = {},
): Promise<ModelSession> {
  const graph = await readFile(component.graph);
  const weights = await Promise.all(
    component.weights.map(async (file) => ({ name: file.name, blob: await readFile(file) })),
  );
  const { channelsFirst } = component;
  const fixed = replay ? fixedTensors(component) : undefined;
  const session = await openSession({ graph, weights, fixed, channelsFirst }, backend);
  if (fixed && backend.gpu) onRecording?.(session.replays === true);
  const test = () => runSelfTest(name, component, session);
  try {
    if (later) {
      later(test);
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
