import { BlobWriter, TextReader, ZipWriter } from '@zip.js/zip.js/lib/zip-core-native.js';
import type { ModelFile, ModelManifest } from '../../src/models/manifest/manifest';
import { modelFiles } from '../../src/models/manifest/model-files';
import tinyManifest from '../fixtures/tiny-model/model-manifest.json';

/** A whole model package as a ZIP of a few kilobytes: the fixture model's manifest, a line of text for each file. */
export async function packageZip(): Promise<Uint8Array<ArrayBuffer>> {
  const manifest = structuredClone(tinyManifest) as unknown as ModelManifest;
  const [entry] = manifest.models;
  const writer = new ZipWriter(new BlobWriter(), { useWebWorkers: false });
  for (const [i, file] of modelFiles(entry).entries()) {
    const path = `${i}-${file.name}`;
    const text = `what stands for the bytes of ${path}`;
    await describeText(file, path, text);
    await writer.add(entry.baseUrl + path, new TextReader(text));
  }
  await writer.add('model-manifest.json', new TextReader(JSON.stringify(manifest)));
  return new Uint8Array(await (await writer.close()).arrayBuffer());
}

async function describeText(file: ModelFile, path: string, text: string) {
  const bytes = new TextEncoder().encode(text);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  file.bytes = bytes.length;
  file.shards = [{ path, bytes: bytes.length, sha256 }];
}
