import type { FactorArray } from '../../contract/request';
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
  /** From the next run on; none: the model itself. `ModelUnsupported` where they do not fit the graph. */
  setFactors(factors: readonly FactorArray[], strength: number): void;
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
    setFactors(factors, strength) {
      const tensors = factorTensors(names, inputShapes, factors, strength);
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
  bound.setFactors([], 0);
  return bound;
}

/** Every input of the graph, zeros where no factor is given, `up` times the strength. */
function factorTensors(
  names: readonly string[],
  shapes: NonNullable<ModelSession['inputShapes']>,
  factors: readonly FactorArray[],
  strength: number,
): [string, TensorData][] {
  const given = new Map(factors.map((factor) => [factor.name, factor]));
  // A learned word is the text's matter.
  const unknown = factors.find((one) => !names.includes(one.name) && !isWordEmbeds(one));
  if (unknown) throw misfit(unknown, 'the model has no such module');
  const rank = rankOf(factors);
  return names.map((name) => {
    const dims = shapes[name].map((size) => (typeof size === 'number' ? size : rank));
    const count = dims.reduce((product, size) => product * size, 1);
    const factor = given.get(name);
    if (!factor) return [name, { dtype: 'float32', dims, data: new Float32Array(count) }];
    if (factor.dims.join() !== dims.join() || factor.data.length !== count) {
      throw misfit(factor, `expected [${dims.join(', ')}]`);
    }
    const data = name.endsWith('.up') ? factor.data.map((x) => strength * x) : factor.data;
    return [name, { dtype: 'float32', dims, data }];
  });
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
