import { importPart } from '../../common/import-part';
import { appError } from '../../errors';
import type { Backend } from '../../models/runtime/backend';
import { fromFloat16, toFloat16 } from '../../models/runtime/float16';
import type { ModelSession, TensorData } from '../../models/runtime/session-types';
import type { OpenNetwork } from '../metrics/network-features';
import { INPUT } from './choose-output';
import type { PixelValues } from './image-processor';
import type { OwnNetwork, Take } from './own-network';

/**
 * Opens a network that the user brought: transformers.js prepares the pictures, this app's own runtime runs the graph, one
 * picture at a time, for packages fix their batch as they like. Rejects with `ModelUnsupported`, and with
 * `NetworkFailed` where transformers.js, which is fetched now, cannot be.
 */
export async function openOwnNetwork(own: OwnNetwork, backend: Backend): Promise<OpenNetwork> {
  const { id, title, sha256, from, graph, weights } = own;
  const [{ openImageProcessor }, { openSession }] = await Promise.all([
    importPart(() => import('./image-processor')),
    importPart(() => import('../../models/runtime/session')),
  ]);
  const prepare = await openImageProcessor(own.preprocessing);
  const session = await openSession({ graph, weights }, backend);
  return {
    network: { id, role: 'own', title, sha256, from },
    async featuresOf(squares) {
      const rows: Float32Array[] = [];
      for (const square of squares) rows.push(await run(session, own, await prepare(square)));
      return rows;
    },
  };
}

async function run(
  session: ModelSession,
  { output, take, dtype, title }: OwnNetwork,
  { dims, data }: PixelValues,
): Promise<Float32Array> {
  const feed: TensorData =
    dtype === 'float16'
      ? { dtype, dims, data: Uint16Array.from(data, toFloat16) }
      : { dtype, dims, data };
  const result = (await session.run({ [INPUT]: feed }))[output];
  const features = takeFeatures(result, take);
  if (features.every(Number.isFinite)) return features;
  throw appError(
    'ModelUnsupported',
    `${title} gives features that are no numbers. float16 may overflow here: use the package's float32 or quantized graph.`,
  );
}

/**
 * One vector of what a graph says of one picture: [1, size] and [1, size, 1, 1] as they are, [1, tokens, size] its first
 * token or their mean, [1, size, height, width] the mean over places.
 */
export function takeFeatures({ dims, data, dtype }: TensorData, take: Take): Float32Array {
  const values =
    dtype === 'float16'
      ? Float32Array.from(data as Uint16Array, fromFloat16)
      : Float32Array.from(data as Float32Array);
  if (take === 'pooled') return values;
  if (take === 'class token') return values.slice(0, dims[2]);
  const isPlaces = dims.length === 4;
  const size = isPlaces ? dims[1] : dims[dims.length - 1];
  const count = values.length / size;
  return Float32Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += values[isPlaces ? i * count + k : k * size + i];
    return sum / count;
  });
}
