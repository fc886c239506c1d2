import { appError } from '../../errors';
import type { ModelEntry } from '../manifest/manifest';
import { modelFiles, splitFile } from '../manifest/model-files';
import { installRecord, type WeightStore } from './weight-store';

/** Files of unknown length are read whole to be measured: texts, tokenizers above all. */
const MAX_BYTES = 64 * 2 ** 20;

/** Whether a model names files whose length nobody published. */
export function hasUnmeasured(entry: ModelEntry): boolean {
  return modelFiles(entry).some(({ shards }) => shards.length === 0);
}

/** The entry with the lengths that its host tells today; the entry itself where it lacks none. */
export async function measureFiles(
  entry: ModelEntry,
  baseUrl: string | null,
  signal: AbortSignal,
): Promise<ModelEntry> {
  if (!hasUnmeasured(entry) || baseUrl === null) return entry;
  const measured = structuredClone(entry);
  for (const file of modelFiles(measured)) {
    if (file.shards.length > 0) continue;
    const { path = file.name } = file;
    file.bytes = await measure(new URL(path, baseUrl).href, path, signal);
    file.shards = undefined as never; // split anew
    splitFile(file);
  }
  return measured;
}

/** The entry as it was measured at its install; the entry itself where that was not needed or has not been. */
export async function measuredEntry(store: WeightStore, entry: ModelEntry): Promise<ModelEntry> {
  if (!hasUnmeasured(entry)) return entry;
  const record = await installRecord(store, entry.id);
  return record?.entry?.version === entry.version ? record.entry : entry;
}

async function measure(url: string, path: string, signal: AbortSignal): Promise<number> {
  try {
    const response = await fetch(url, { signal, cache: 'no-store' });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const { size } = await response.blob();
    if (size === 0 || size > MAX_BYTES) throw new Error(`it has ${size} bytes`);
    return size;
  } catch (cause) {
    signal.throwIfAborted();
    throw appError(
      'NetworkFailed',
      `${path} could not be fetched: ${(cause as Error).message}. Check the connection and try again.`,
      cause,
    );
  }
}
