import type { DownloadApi, StoredModel } from '../../contract/download';
import { importPart } from '../../common/import-part';
import { createJobQueue, type Job } from '../../common/job-queue';
import { createModelAccess } from './model-access';
import { dropDamagedShards } from '../download/check-installed';
import { installModel, withModelLock } from '../download/download';
import { exportToFolder, exportToZip } from '../download/export-package';
import { installNetwork } from '../download/feature-networks';
import { hasGraphs, installGraphs } from '../download/tuning-graphs';
import { modelHash, type LocatedModel } from '../manifest/located-model';
import { modelFiles } from '../manifest/model-files';
import { isInstalled, removeModel, shardsByKey, type WeightStore } from '../store/weight-store';

/** What download.worker.ts and remote-download.worker.ts both do; their own responses' policies say from where. */
export function createDownloadJobs(): DownloadApi {
  const queue = createJobQueue();
  const access = createModelAccess();

  /** One job on one model, with a store that keeps what is put into it. */
  function job<T>(
    work: (model: LocatedModel, store: WeightStore, job: Job) => Promise<T>,
    jobId: string,
    modelId: string,
    onProgress: Job['onProgress'],
  ): Promise<T> {
    return queue.run(jobId, onProgress, async (job) =>
      work(await access.find(modelId), await access.openKept(), job),
    );
  }

  return {
    init: access.init,
    install: (jobId, modelId, onProgress) =>
      job(
        ({ entry, baseUrl }, store, options) => installModel(entry, baseUrl, store, options),
        jobId,
        modelId,
        onProgress,
      ),
    dropDamaged: (jobId, modelId, onProgress) =>
      job(
        ({ entry }, store, options) => dropDamagedShards(entry, store, options),
        jobId,
        modelId,
        onProgress,
      ),
    exportToFolder: (jobId, modelId, folder, onProgress) =>
      job(
        ({ entry }, store, options) => exportToFolder(entry, store, folder, options),
        jobId,
        modelId,
        onProgress,
      ),
    exportToZip: (jobId, modelId, onProgress) =>
      job(
        ({ entry }, store, options) => exportToZip(entry, store, options),
        jobId,
        modelId,
        onProgress,
      ),
    installNetwork: (jobId, networkId, onProgress) =>
      queue.run(jobId, onProgress, async (options) => {
        const { network, baseUrl } = await access
          .findLearner(networkId)
          .catch(() => access.findNetwork(networkId));
        await installNetwork(network, baseUrl, await access.openKept(), options);
      }),
    installGraphs: (jobId, modelId, graphs, onProgress) =>
      job(
        ({ entry, baseUrl }, store, options) =>
          installGraphs(entry, baseUrl, graphs, store, options),
        jobId,
        modelId,
        onProgress,
      ),
    async hasGraphs(modelId, graphs) {
      const { entry } = await access.find(modelId);
      return hasGraphs(entry, graphs, await access.openStore());
    },
    sideload: (jobId, files, onProgress) =>
      queue.run(jobId, onProgress, async (options) => {
        const { sideloadModels } = await importPart(() => import('../download/sideload'));
        return sideloadModels(files, await access.own(), await access.openKept(), options);
      }),
    async isInstalled(modelId) {
      const { entry } = await access.find(modelId);
      return isInstalled(await access.openStore(), entry);
    },
    async remove(modelId) {
      const { entry } = await access.find(modelId);
      const store = await access.openStore();
      const never = new AbortController().signal;
      const options = { signal: never, onProgress: () => undefined };
      await withModelLock(modelId, options, () => removeModel(store, modelId, entry));
    },
    async list() {
      const [models, store] = [await access.all(), await access.openStore()];
      return describeModels(models, store);
    },
    async noteUse(modelId) {
      const store = await access.openStore();
      await store.updateInstalled(modelId, (model) => ({ ...model, lastUsedAt: new Date() }));
    },
    cancel: queue.cancel,
  };
}

function sourceOf(baseUrl: string | null): StoredModel['source'] {
  if (baseUrl === null) return 'package';
  const { origin, host } = new URL(baseUrl);
  return origin === location.origin ? 'own' : { host };
}

async function describeModels(models: LocatedModel[], store: WeightStore): Promise<StoredModel[]> {
  const [installed, keys, partial] = await Promise.all([
    store.installed(),
    store.shardKeys(),
    store.partialBytes(),
  ]);
  const stored = new Set(keys);
  return Promise.all(
    models.map(async ({ entry, baseUrl }) => {
      const record = installed.find(({ modelId }) => modelId === entry.id);
      let [bytes, storedBytes] = [0, 0];
      for (const [key, shard] of shardsByKey(entry)) {
        bytes += shard.bytes;
        storedBytes += stored.has(key) ? shard.bytes : (partial.get(key) ?? 0);
      }
      const whole = await isInstalled(store, entry);
      const { id: modelId, title, version, licence, requirements, unverified } = entry;
      const { changes = [] } = entry;
      const summary = [entry.summary, unverified].filter(Boolean).join(' ');
      return {
        modelId,
        title,
        version,
        summary,
        changes,
        licence,
        requirements,
        bytes,
        storedBytes,
        state: whole ? 'installed' : storedBytes > 0 ? 'partial' : 'absent',
        hash: await modelHash(entry),
        unverifiedFiles: modelFiles(entry)
          .filter((file) => !file.sha256 && file.shards.some(({ sha256 }) => sha256 === null))
          .map(({ name }) => name),
        installedAt: record?.installedAt ?? null,
        lastUsedAt: record?.lastUsedAt ?? null,
        source: sourceOf(baseUrl),
      } satisfies StoredModel;
    }),
  );
}
