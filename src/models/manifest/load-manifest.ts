import { fetchManifest } from './fetch-manifest';
import type { ModelManifest } from './manifest';
import { validateManifest } from './validate-manifest';

/** Fetches and checks the manifest; `url` is absolute. Rejects with `NetworkFailed` or `ManifestInvalid`. */
export async function loadManifest(url: string): Promise<ModelManifest> {
  return validateManifest(await fetchManifest(url));
}
