import { appError } from '../../errors';
import type { Component, GeneratorEntry, GraphValue } from '../../models/manifest/manifest';
import type { ModelSession, TensorData } from '../../models/runtime/session-types';
import { checkInputs } from '../graph-inputs';
import { timed, type Clock } from '../lazy-session';
import { assertFinite, toFloat32, toTensor } from '../tensors';

/** A generator that is ready to run: one graph. */
export interface GeneratorModel {
  entry: GeneratorEntry;
  /**
   * One picture, [channels, size, size] in −1…1. Rejects with `ModelUnsupported` for an output of another shape, and with
   * `SelfTestFailed` for numbers that are none.
   */
  draw(inputs: GeneratorInputs): Promise<Float32Array>;
  /** Milliseconds spent inside bare session runs since the model was loaded. */
  msSessions(): number;
  release(): Promise<void>;
}

export interface GeneratorInputs {
  /** Standard normal, as many as the package says. */
  noise: Float32Array;
  /** One-hot, a number for each label. */
  labels: Float32Array;
  /** [size · size] of 0 and 1; only where the package draws to a mask. */
  mask?: Float32Array;
}

/** Where a generator comes from. */
export interface GeneratorSource {
  entry: GeneratorEntry;
  createSession: (name: 'generator', component: Component) => Promise<ModelSession>;
  /** Told before the graph is compiled, and once when it is. */
  onCompile?: (component: 'generator', done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Compiles the graph; `ModelUnsupported` where its inputs are not those of the contract (docs/your-own-model.md). */
export async function loadGenerator(source: GeneratorSource): Promise<GeneratorModel> {
  const { entry, createSession, onCompile, signal } = source;
  const { generator: component } = entry.components;
  signal?.throwIfAborted();
  onCompile?.('generator', 0, 1);
  const session = await createSession('generator', component);
  try {
    signal?.throwIfAborted();
    checkGraph(entry, session);
  } catch (error) {
    await session.release();
    throw error;
  }
  onCompile?.('generator', 1, 1);
  const clock: Clock = { ms: 0, recording: null };
  const running = timed(session, clock);
  return {
    entry,
    async draw(inputs) {
      const feeds: Record<string, TensorData> = {};
      for (const [role, value] of Object.entries(component.inputs)) {
        const [, ...dims] = value.shape.map(Number);
        const numbers = inputs[role as keyof GeneratorInputs]!;
        feeds[value.name] = toTensor(value, [1, ...dims], numbers);
      }
      const { sample } = await running.run(feeds);
      checkSample(entry, sample?.dims);
      const picture = toFloat32(sample);
      assertFinite(picture, 'the drawn pixels');
      return picture;
    },
    msSessions: () => clock.ms,
    release: () => session.release(),
  };
}

/** Names and sizes of the inputs, as far as the graph says them; a free dimension fits any number. */
function checkGraph({ title, components }: GeneratorEntry, session: ModelSession) {
  const { inputs } = components.generator;
  const what = `The generator of ${title}`;
  checkInputs(what, components.generator, session, ['noise', 'labels', 'mask']);
  for (const { name, shape } of Object.values(inputs)) {
    if (!session.inputNames.includes(name)) {
      throw unfit(
        `${what} has no input "${name}" (expected ${Object.values(inputs).map(words).join(', ')}; got ` +
          `${session.inputNames.join(', ') || 'none'})`,
      );
    }
    const own = session.inputShapes?.[name];
    if (!own) continue;
    const fits = ([expected, got]: (string | number)[]) =>
      typeof got === 'string' || got === (expected === 'batch' ? 1 : expected);
    if (own.length === shape.length && shape.every((size, i) => fits([size, own[i]]))) continue;
    throw unfit(
      `${what} takes ${words({ name, shape: [...own] })} (expected ${words({ name, shape })})`,
    );
  }
}

function checkSample({ title, components }: GeneratorEntry, dims: readonly number[] | undefined) {
  const { sample } = components.generator.outputs;
  const expected = sample.shape.map((size) => (size === 'batch' ? 1 : size));
  if (dims?.join() === expected.join()) return;
  const got = dims ? words({ name: 'sample', shape: [...dims] }) : 'no output of that name';
  throw unfit(`The generator of ${title} gives ${got} (expected ${words(sample)})`);
}

function words({ name, shape }: Pick<GraphValue, 'name' | 'shape'>): string {
  return `${name} [${shape.map((size) => (size === 'batch' ? 'n' : size)).join(', ')}]`;
}

function unfit(what: string) {
  return appError(
    'ModelUnsupported',
    `${what}. Export the graph anew, or correct "generator" in its manifest entry.`,
  );
}
