import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiffusionManifest } from '../../diffusion-manifest';
import { TINY_MODEL } from '../app';
import { gatherGraph } from './gather-graph';
import { noise } from './synthetic-package';

const SHARD_BYTES = 32 * 2 ** 20;
const COLUMNS = 1024;

/** The fixture model with a denoising network of `numShards` × 32 MiB in its place; resolves to its id. */
export function writeLargeModel(
  folder: string,
  numShards: number,
): { modelId: string; bytes: number } {
  cpSync(TINY_MODEL, folder, { recursive: true });
  const path = join(folder, 'model-manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as DiffusionManifest;
  const [entry] = manifest.models;
  const models = join(folder, entry.baseUrl);
  mkdirSync(models, { recursive: true });
  const put = (name: string, bytes: Buffer) => {
    writeFileSync(join(models, name), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { path: name, bytes: bytes.length, sha256 };
  };

  const bytes = noise(SHARD_BYTES, 1).fill(0, 0, 4);
  const shards = Array.from({ length: numShards }, (_, i) => {
    bytes.writeFloatLE(i + 1, 0); // no two shards alike
    return put(`large-${i}.bin`, bytes);
  });
  const graph = put(
    'large.onnx',
    gatherGraph(numShards, SHARD_BYTES / 4 / COLUMNS, COLUMNS, 'large.bin'),
  );
  const { unet } = entry.components;
  unet.graph = { name: 'large.onnx', bytes: graph.bytes, shards: [graph] };
  unet.weights = [{ name: 'large.bin', bytes: numShards * SHARD_BYTES, shards }];
  unet.inputs.latents.name = 'index'; // it is loaded, never run
  delete unet.selfTest;
  delete unet.loraGraph;
  entry.id = 'large';
  manifest.models.push((JSON.parse(readFileSync(path, 'utf8')) as DiffusionManifest).models[0]);
  manifest.defaultModel = 'large';
  writeFileSync(path, JSON.stringify(manifest));
  return { modelId: 'large', bytes: numShards * SHARD_BYTES };
}
