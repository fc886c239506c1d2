import { loadModel } from '../../../src/diffusion/load-model';
import { diffusionEntry } from '../../../src/models/manifest/generator';
import { loadManifest } from '../../../src/models/manifest/load-manifest';
import { findModel, modelBaseUrl } from '../../../src/models/manifest/located-model';
import type { ModelFile } from '../../../src/models/manifest/manifest';
import { wasmBackend } from '../../../src/models/runtime/backend';
import { openComponent, type OpenOptions } from '../../../src/models/runtime/open-component';

const MANIFEST_URL = new URL('/model-manifest.json', location.href).href;

/** A file of the package as the build ships it. */
async function readFrom(baseUrl: string, { name, bytes, shards }: ModelFile): Promise<Blob> {
  const parts = shards.map(async ({ path }) => (await fetch(baseUrl + path)).blob());
  const file = new Blob(await Promise.all(parts));
  // The test server answers with a page where it has no file.
  if (file.size !== bytes) {
    throw new Error(`${name} is not in ${baseUrl} (expected ${bytes} bytes, got ${file.size}).`);
  }
  return file;
}

/** A model of the shipped manifest on the CPU, from the build's own files and not from a store. */
export async function loadShipped(modelId: string, options: Pick<OpenOptions, 'twin'> = {}) {
  const entry = diffusionEntry(findModel(await loadManifest(MANIFEST_URL), modelId), 'this test');
  const readFile = (file: ModelFile) => readFrom(modelBaseUrl(MANIFEST_URL, entry), file);
  const backend = wasmBackend({ kind: 'choseCpu' });
  return loadModel({
    entry,
    tokenizerJson: await (await readFile(entry.tokenizer.file)).text(),
    tokenizerConfigJson: await (await readFile(entry.tokenizer.config)).text(),
    createSession: (name, component) => openComponent(name, component, readFile, backend, options),
  });
}
