import { appError } from '../../errors';
import { withModelLock, type InstallOptions } from './download';
import { fetchMissing } from './fetch-missing';
import type { LocatedModel } from '../manifest/located-model';
import { adaptsWeights, twinGraphs, unetOf, type Twin } from '../manifest/model-files';
import type { ModelEntry, ModelFile, Shard } from '../manifest/manifest';
import { installRecord, shardKey, type WeightStore } from '../store/weight-store';

/** A graph of the UNet that is not part of the install: with low-rank factors, or what trains them. */
export type TuningGraph = 'loraGraph' | 'trainingGraph';

/** The file of such a graph; `ModelUnsupported` where the model has none. */
export function tuningGraph(entry: ModelEntry, which: TuningGraph): ModelFile {
  const file = unetOf(entry)?.[which];
  if (file) return file;
  throw appError(
    'ModelUnsupported',
    `${entry.title} cannot be fine-tuned (expected a ${which} in its manifest entry, got none). ` +
      'Choose a model that can.',
  );
}

/** The graph that takes what was learnt as inputs, of a model that has one. */
export function factorGraphs(entry: ModelEntry): readonly TuningGraph[] {
  return unetOf(entry)?.loraGraph ? ['loraGraph'] : [];
}

/** None to fetch for a model whose own weights take what was learnt. */
function shardsOf(entry: ModelEntry, graphs: readonly TuningGraph[]): Shard[] {
  const needed = graphs.filter((which) => which !== 'loraGraph' || !adaptsWeights(entry));
  return needed.flatMap((which) => tuningGraph(entry, which).shards);
}

/** Whether all of these are stored, and belong to the model: then `installGraphs` has nothing to do. */
export async function hasGraphs(
  entry: ModelEntry,
  graphs: readonly TuningGraph[],
  store: WeightStore,
): Promise<boolean> {
  return hasShards(entry, shardsOf(entry, graphs), store);
}

async function hasShards(
  { id }: ModelEntry,
  shards: readonly Shard[],
  store: WeightStore,
): Promise<boolean> {
  const stored = new Set(await store.shardKeys());
  const noted = new Set((await installRecord(store, id))?.shardKeys);
  return shards
    .map((shard) => shardKey(id, shard))
    .every((key) => stored.has(key) && noted.has(key));
}

/** The store that has these graphs: where the model's own lacks them, that of this session, into which they are fetched. */
export async function storeWithGraphs(
  { entry, baseUrl }: LocatedModel,
  graphs: readonly TuningGraph[],
  store: WeightStore,
  openSession: () => WeightStore,
  options: InstallOptions,
): Promise<WeightStore> {
  const shards = shardsOf(entry, graphs);
  if (shards.length === 0) return store;
  const stored = new Set(await store.shardKeys());
  if (shards.every((shard) => stored.has(shardKey(entry.id, shard)))) return store;
  const session = openSession();
  await installGraphs(entry, baseUrl, graphs, session, options);
  return session;
}

/**
 * Fetches graphs for tuning of an installed model as far as they are missing; their weights are those of the model. They
 * go when the model goes. `baseUrl` is absolute, null for a package that came by hand.
 */
export async function installGraphs(
  entry: ModelEntry,
  baseUrl: string | null,
  graphs: readonly TuningGraph[],
  store: WeightStore,
  options: InstallOptions,
): Promise<void> {
  return installShards(entry, baseUrl, shardsOf(entry, graphs), store, options);
}

/** The same for graphs of a kind that some devices run; at once where they are stored and belong to the model. */
export async function installTwins(
  entry: ModelEntry,
  twin: Twin,
  baseUrl: string | null,
  store: WeightStore,
  options: InstallOptions,
): Promise<void> {
  const shards = twinGraphs(entry, twin).flatMap((file) => file.shards);
  if (await hasShards(entry, shards, store)) return;
  await installShards(entry, baseUrl, shards, store, options);
}

async function installShards(
  entry: ModelEntry,
  baseUrl: string | null,
  list: readonly Shard[],
  store: WeightStore,
  options: InstallOptions,
): Promise<void> {
  const shards = new Map(list.map((shard) => [shardKey(entry.id, shard), shard]));
  const wanted = { title: entry.title, shards, from: baseUrl ?? cameByHand(entry) };
  await withModelLock(entry.id, options, async () => {
    await fetchMissing(wanted, store, options);
    await store.updateInstalled(entry.id, (model) => {
      return { ...model, shardKeys: [...new Set([...model.shardKeys, ...shards.keys()])] };
    });
  });
}

function cameByHand({ title }: ModelEntry) {
  return appError(
    'ModelCorrupt',
    `${title} came as a package without the graphs that fine-tuning needs, so they cannot be fetched. Install ` +
      'the model from this site.',
  );
}
