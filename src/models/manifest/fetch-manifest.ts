import { appError } from '../../errors';
import { completeEntry } from './generator';
import type { ModelManifest } from './manifest';
import { modelFiles, splitFile } from './model-files';

/**
 * The manifest that the page has checked before it started a worker, for the worker: the validator would be as large as
 * all else of it. `url` is absolute. Rejects with `NetworkFailed` or, where it is not JSON, `ManifestInvalid`.
 */
export async function fetchCheckedManifest(url: string): Promise<ModelManifest> {
  const manifest = (await fetchManifest(url)) as ModelManifest;
  for (const file of manifest.models.flatMap(modelFiles)) splitFile(file);
  manifest.models.forEach(completeEntry);
  return manifest;
}

/** Whatever JSON lies there. Rejects as above. */
export async function fetchManifest(url: string): Promise<unknown> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw unreachable(url, 'the server did not answer', cause);
  });
  if (!response.ok) throw unreachable(url, `the server answered ${response.status}`);
  const text = await response.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw appError(
      'ManifestInvalid',
      `${url} is not JSON (it starts with "${text.slice(0, 20)}"). Put a valid model-manifest.json ` +
        'there and reload.',
      cause,
    );
  }
  return value;
}

function unreachable(url: string, why: string, cause?: unknown) {
  return appError(
    'NetworkFailed',
    `The model manifest could not be fetched from ${url}: ${why}. Check the connection and try again.`,
    cause,
  );
}
