import type { FactorArray, LoraChoice } from '../../contract/request';
import { appError } from '../../errors';
import { isWordEmbeds } from '../text/learned-word';
import type { GpuDevice } from '../../models/runtime/gpu-device';
import { uploadTensor } from '../../models/runtime/gpu-tensor';
import type { Feed, GpuTensor, ModelSession, TensorData } from '../../models/runtime/session-types';

/** Whether a graph's input is a low-rank factor. */
export function isFactorName(name: string): boolean {
  return name.startsWith('lora.');
}

/** A UNet with low-rank factors as further inputs, which looks from outside like one without. */
export interface LoraSession extends ModelSession {
  /** From the next run on, all of them together; none: the model itself. `ModelUnsupported` where they do not fit the graph. */
  setFactors(adapters: readonly LoraChoice[]): void;
}

/** Binds factors to the session of a `loraGraph`; at first there are none. On a GPU they are uploaded once. */
export function bindFactors(session: ModelSession, gpu: GpuDevice | null): LoraSession {
  const { inputShapes = {} } = session;
  const names = session.inputNames.filter(isFactorName);
  let feeds: Record<string, Feed> = {};
  const drop = () => {
    for (const feed of Object.values(feeds)) if ('buffer' in feed) feed.buffer.destroy();
    feeds = {};
  };
  const bound: LoraSession = {
    inputNames: session.inputNames.filter((name) => !isFactorName(name)),
    setFactors(adapters) {
      const tensors = factorTensors(names, inputShapes, adapters);
      drop();
      feeds = Object.fromEntries(
        tensors.map(([name, tensor]) => [name, gpu ? uploadTensor(gpu.device, tensor) : tensor]),
      );
    },
    run: (others) => session.run({ ...others, ...feeds }),
    release() {
      drop();
      return session.release();
    },
  };
  const runInto = session.runInto?.bind(session);
  if (runInto) {
    bound.runInto = (others, results: Record<string, GpuTensor>) =>
      runInto({ ...others, ...feeds }, results);
  }
  bound.setFactors([]);
  return bound;
}

type Shapes = NonNullable<ModelSession['inputShapes']>;

/**
 * Every input of the graph, zeros where no factor is given. Several adapters are one of their ranks together: up · down of
 * factors laid side by side is the sum of each pair's product.
 */
function factorTensors(
  names: readonly string[],
  shapes: Shapes,
  adapters: readonly LoraChoice[],
): [string, TensorData][] {
  for (const { factors = [] } of adapters) {
    // A learned word is the text's matter.
    const unknown = factors.find((one) => !names.includes(one.name) && !isWordEmbeds(one));
    if (unknown) throw misfit(unknown, 'the model has no such module');
  }
  const ranks = adapters.map(({ factors = [] }) => rankOf(factors));
  const rank = ranks.reduce((sum, one) => sum + one, 0) || 1;
  const given = adapters.map(
    ({ factors = [] }) => new Map(factors.map((factor) => [factor.name, factor])),
  );
  return names.map((name) => {
    const dims = shapes[name].map((size) => (typeof size === 'number' ? size : rank));
    const data = new Float32Array(dims.reduce((product, size) => product * size, 1));
    let place = 0;
    for (const [i, { strength }] of adapters.entries()) {
      const factor = given[i].get(name);
      const expected = shapes[name].map((size) => (typeof size === 'number' ? size : ranks[i]));
      if (factor) {
        const count = expected.reduce((product, size) => product * size, 1);
        if (factor.dims.join() !== expected.join() || factor.data.length !== count) {
          throw misfit(factor, `expected [${expected.join(', ')}]`);
        }
        if (name.endsWith('.up')) layColumns(data, dims[1], factor, place, strength);
        else data.set(factor.data, (place * data.length) / dims[0]); // rows of a `down`
      }
      place += ranks[i];
    }
    return [name, { dtype: 'float32', dims, data }];
  });
}

/** Copies an `up` times its strength to its ranks among all, which are `columns`. */
function layColumns(
  data: Float32Array,
  columns: number,
  { dims: [rows, wide], data: from }: FactorArray,
  place: number,
  strength: number,
) {
  const rest = data.length / rows / columns;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < wide * rest; i++) {
      data[(row * columns + place) * rest + i] = strength * from[row * wide * rest + i];
    }
  }
}

/** The first axis of a `down`; 1 where there are no factors. */
function rankOf(factors: readonly FactorArray[]): number {
  return factors.find(({ name }) => name.endsWith('.down'))?.dims[0] ?? 1;
}

function misfit({ name, dims }: FactorArray, expected: string) {
  return appError(
    'ModelUnsupported',
    `What was trained does not fit this model: ${name} is [${dims.join(', ')}] (${expected}). Choose the model that ` +
      'it was trained on.',
  );
}
