import { createHash } from 'node:crypto';
import type { ModelFile } from '../../../src/models/manifest/manifest';
import type { DiffusionManifest } from '../../diffusion-manifest';
import { toyManifest } from '../../unit/models/toy-manifest';

/** Numbers in 0…1 from a seed (mulberry32), so that a proof can be run again as it was. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that no compression and no mix-up of shards leaves unnoticed. */
export function noise(bytes: number, seed: number): Buffer {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state >>> 0;
  }
  return Buffer.from(words.buffer, 0, bytes);
}

/** A package of `numShards` big shards and the few small files that every model has. Paths below the site's top. */
export function syntheticPackage(numShards: number, shardBytes: number) {
  const manifest: DiffusionManifest = toyManifest();
  const [entry] = manifest.models;
  const files = new Map<string, Buffer>();
  const big = Array.from({ length: numShards }, (_, i) => {
    const bytes = noise(shardBytes, i + 1);
    const path = `big-${i}.bin`;
    files.set(entry.baseUrl + path, bytes);
    return { path, bytes: shardBytes, sha256: createHash('sha256').update(bytes).digest('hex') };
  });
  const weights: ModelFile = { name: 'big', bytes: numShards * shardBytes, shards: big };
  entry.components.unet.weights = [weights];
  for (const [name, text] of smallTexts()) files.set(entry.baseUrl + name, Buffer.from(text));
  return { manifest, entry, files, big };
}

/** The contents that toyManifest() speaks of. */
function smallTexts(): [string, string][] {
  const of = (kind: string, extension: string) =>
    ['text', 'unet', 'vae'].map((name): [string, string] => [
      `${name}.${extension}`,
      `${kind} of ${name}`,
    ]);
  return [
    ['tokenizer.json', 'toks'],
    ['tokenizer_config.json', 'conf'],
    ...of('graph', 'onnx'),
    ...of('weights', 'data'),
  ];
}
