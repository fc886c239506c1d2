import { appError } from '../../errors';
import { statedEntry } from './generator';
import type { ModelEntry, ModelManifest } from './manifest';
import type { FeatureNetwork, Learner } from './networks';
import { sha256Hex } from './verify';

/** A manifest entry, and where its files can be fetched; null for a package that came by hand. */
export interface LocatedModel {
  entry: ModelEntry;
  baseUrl: string | null;
}

/** Whether a model's files came as a package, or come from another host than this page's. */
export function isBrought(baseUrl: string | null): boolean {
  return baseUrl === null || new URL(baseUrl).origin !== location.origin;
}

/** The entry of one model; `ModelUnsupported` where the manifest has none of that id. */
export function findModel(manifest: ModelManifest, modelId: string): ModelEntry {
  const entry = manifest.models.find((model) => model.id === modelId);
  if (entry) return entry;
  throw appError(
    'ModelUnsupported',
    `There is no model "${modelId}". Choose one of: ` +
      `${manifest.models.map((model) => model.id).join(', ')}.`,
  );
}

/** Where the model's files are: its `baseUrl` seen from the manifest, which lies beside the page. */
export function modelBaseUrl(
  manifestUrl: string,
  entry: ModelEntry | FeatureNetwork | Learner,
): string {
  return new URL(entry.baseUrl, manifestUrl).href;
}

/** sha256 of the manifest entry as compact JSON (`statedEntry`), hex: names exactly these weights and settings. */
export function modelHash(entry: ModelEntry): Promise<string> {
  return sha256Hex(new TextEncoder().encode(JSON.stringify(statedEntry(entry))));
}
