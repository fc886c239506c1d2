import type { FeatureNetwork } from '../../models/manifest/networks';
import type { ModelSession } from '../../models/runtime/session-types';
import { networkInput, type Square } from './read-square';

/** What a report says of a feature network. */
export interface NetworkFacts {
  id: string;
  role: string;
  title: string;
  /** Of its files. */
  sha256: string;
  /** Where it came from, for one that is not of the manifest. */
  from?: string;
}

/** A feature network that is ready to run. */
export interface OpenNetwork {
  network: NetworkFacts;
  /** One vector for each picture. */
  featuresOf: (squares: readonly Square[]) => Promise<Float32Array[]>;
}

/** A network of the manifest on its session; all pictures run at once. */
export function manifestNetwork(
  { id, role, title, graph, input, output }: FeatureNetwork,
  session: ModelSession,
): OpenNetwork {
  return {
    network: { id, role, title, sha256: graph.shards[0].sha256 ?? '' },
    async featuresOf(squares) {
      const length = 3 * input.size * input.size;
      const data = new Float32Array(squares.length * length);
      squares.forEach((square, i) =>
        networkInput(square, input, data.subarray(i * length, (i + 1) * length)),
      );
      const dims = [squares.length, 3, input.size, input.size];
      const results = await session.run({ [input.name]: { dtype: 'float32', dims, data } });
      const values = results[output.name].data as Float32Array; // [n, output.size]
      return squares.map((_, i) => values.slice(i * output.size, (i + 1) * output.size));
    },
  };
}
