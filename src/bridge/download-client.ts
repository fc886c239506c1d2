import type { DownloadApi, DroppedFile } from '../contract/download';
import { isNotKept } from '../errors';
import type { Bridge, JobOptions } from './bridge';

/** The calls of the worker that fetches, checks and stores weights; see contract/download.ts. */
export function downloadCalls({ call, job }: Bridge<DownloadApi>) {
  return {
    install: (modelId: string, options: JobOptions) => job('install', options, modelId),
    installNetwork: (id: string, options: JobOptions) => job('installNetwork', options, id),
    /** A model with the graphs that fine-tuning and tuned models need. */
    async installTunable(modelId: string, options: JobOptions) {
      await job('install', options, modelId);
      await job('installGraphs', options, modelId, ['loraGraph', 'trainingGraph']);
    },
    /** The graph with factors. The store is asked each time: another tab may have deleted the model. */
    async installFactors(modelId: string, options: JobOptions) {
      if (await call('hasGraphs', modelId, ['loraGraph'])) return;
      await job('installGraphs', options, modelId, ['loraGraph']);
    },
    isInstalled: (modelId: string) => call('isInstalled', modelId),
    remove: (modelId: string) => call('remove', modelId),
    models: () => call('list'),
    noteUse: (modelId: string) => call('noteUse', modelId),
    dropDamaged: (modelId: string, options: JobOptions) => job('dropDamaged', options, modelId),
    sideload: (files: DroppedFile[], options: JobOptions) => job('sideload', options, files),
    exportToFolder: (modelId: string, folder: FileSystemDirectoryHandle, options: JobOptions) =>
      job('exportToFolder', options, modelId, folder),
    exportToZip: (modelId: string, options: JobOptions) => job('exportToZip', options, modelId),
  };
}

/** Waits for an install; where nothing can be kept, the worker that needs the weights fetches them for itself. */
export async function fetchFirst(installing: Promise<void>): Promise<void> {
  await installing.catch((error: Error) => {
    if (!isNotKept(error)) throw error;
  });
}
