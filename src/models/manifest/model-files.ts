import type { Component, ModelEntry, ModelFile } from './manifest';

/** Every file of a model, in the order they are fetched. */
export function modelFiles(entry: ModelEntry): ModelFile[] {
  const components = Object.values<Component>(entry.components);
  return [
    ...(entry.kind === 'generator' ? [] : [entry.tokenizer.file, entry.tokenizer.config]),
    ...components.flatMap((component) => [component.graph, ...component.weights]),
  ];
}

/** A further graph of the same network on the same weights, for some devices only; see `Component`. */
export const TWINS = ['halfGraph', 'cpuGraph'] as const;
export type Twin = (typeof TWINS)[number];

/** Its graphs of such a kind, which are no part of the install; most models have none. */
export function twinGraphs(entry: Pick<ModelEntry, 'components'>, twin: Twin): ModelFile[] {
  return Object.values<Component>(entry.components).flatMap((component) => component[twin] ?? []);
}

/** The graph that low-rank factors go with; a generator has none. */
export function unetOf(entry: ModelEntry): Component | undefined {
  return entry.kind === 'generator' ? undefined : entry.components.unet;
}

/**
 * Whether what was learnt can be put on top of the model: by its graph with factors as inputs, or, for the Stable Diffusion
 * family, in the weights themselves as they are loaded.
 */
export function takesAdapters(entry: ModelEntry): boolean {
  return unetOf(entry)?.loraGraph !== undefined || adaptsWeights(entry);
}

/** Whether it is put into the weights themselves, for there is no graph that takes it. */
export function adaptsWeights(entry: ModelEntry): boolean {
  if (entry.kind === 'generator') return false;
  return !entry.components.unet.loraGraph && entry.tokenizer.kind === 'clip';
}

/** Whether it has an encoder, which an image to start from goes through. */
export function canEncode({ components }: ModelEntry): boolean {
  return 'vaeEncoder' in components && components.vaeEncoder !== undefined;
}

/** Whether it changes one thing of a picture by a sentence: a rectified flow of pictures (src/diffusion/edit/check-edit.ts). */
export function takesEdits(entry: ModelEntry): boolean {
  if (entry.kind === 'generator' || entry.volume || !entry.conditions.initImage) return false;
  return entry.schedulers.some(
    ({ type, predictionType }) => type === 'flow-match-euler' && predictionType === 'flow',
  );
}

const MAX_SHARD_BYTES = 32 * 2 ** 20;

/** Gives a file with a `path` and no shards its list of them: byte ranges that are fetched and stored one by one. */
export function splitFile(file: ModelFile) {
  if ((file.shards as ModelFile['shards'] | undefined) !== undefined) return;
  const { path = file.name, sha256 = null } = file;
  file.bytes ||= 0; // null in the JSON
  const count = Math.ceil(file.bytes / MAX_SHARD_BYTES);
  file.shards = Array.from({ length: count }, (_, i) => {
    const offset = i * MAX_SHARD_BYTES;
    const bytes = Math.min(MAX_SHARD_BYTES, file.bytes - offset);
    return count === 1 ? { path, bytes, sha256 } : { path, offset, bytes, sha256: null };
  });
}
