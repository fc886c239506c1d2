import type { FactorArray } from '../contract/request';
import { WORD_EMBEDS } from '../diffusion/text/learned-word';
import { isFactorName } from '../diffusion/lora/lora-session';
import { appError } from '../errors';
import type { ModelSession } from '../models/runtime/session-types';
import { uniforms } from './random-streams';
import type { Checkpoint, FinetuneSettings } from './run';

/** One low-rank factor's, or the learned word's, place among all of them, which lie one after the other in a single array. */
export interface FactorRange {
  /** The graph's input: `lora.MODULE.down` or `lora.MODULE.up`. */
  name: string;
  /** down: [rank, in] or [rank, in, k, k]; up: [out, rank] or [out, rank, 1, 1]. */
  dims: number[];
  offset: number;
  count: number;
}

/** All factors of a graph at this rank, in the order of its inputs; with a word to learn its embeddings come last. */
export function factorLayout(
  { inputNames, inputShapes = {} }: Pick<ModelSession, 'inputNames' | 'inputShapes'>,
  rank: number,
  word = '',
): FactorRange[] {
  let offset = 0;
  const ranges = inputNames.filter(isFactorName).map((name) => {
    const dims = inputShapes[name].map((size) => (typeof size === 'number' ? size : rank));
    const count = dims.reduce((product, size) => product * size, 1);
    offset += count;
    return { name, dims, offset: offset - count, count };
  });
  if (!word) return ranges;
  const hidden = Number(inputShapes.prompt_embeds[2]);
  return [...ranges, { name: WORD_EMBEDS, dims: [2, hidden], offset, count: 2 * hidden }];
}

/** How many numbers all factors are together. */
export function numParameters(layout: readonly FactorRange[]): number {
  return layout.reduce((sum, { count }) => sum + count, 0);
}

/** The factors as arrays of their own, without a copy. */
export function factorArrays(
  layout: readonly FactorRange[],
  parameters: Float32Array<ArrayBuffer>,
): FactorArray[] {
  return layout.map(({ name, dims, offset, count }) => ({
    name,
    dims,
    data: parameters.subarray(offset, offset + count),
  }));
}

/** The averaged factors; where training watches the held-out loss, those that did best. */
export function learntOf(
  { average, best }: Checkpoint,
  { patience }: Pick<FinetuneSettings, 'patience'>,
): Float32Array<ArrayBuffer> {
  return patience !== null && best ? best.average : average;
}

/** The same as arrays of their own. */
export function resultOf(
  checkpoint: Checkpoint,
  settings: Pick<FinetuneSettings, 'patience'>,
): FactorArray[] {
  return factorArrays(checkpoint.layout, learntOf(checkpoint, settings));
}

/**
 * Where training starts, as peft has it: down uniform in ±1/√(in · k · k), which is Kaiming's for a = √5
 * (He et al. 2015, https://arxiv.org/abs/1502.01852), up zero, so that the model is as it was.
 */
export function initialFactors(layout: readonly FactorRange[], seed: number) {
  const parameters = new Float32Array(numParameters(layout));
  for (const [i, { name, dims, offset, count }] of layout.entries()) {
    if (!name.endsWith('.down')) continue;
    const bound = 1 / Math.sqrt(count / dims[0]);
    const draws = uniforms(seed, 'factors', i, count);
    for (let k = 0; k < count; k++) parameters[offset + k] = bound * (2 * draws[k] - 1);
  }
  return parameters;
}

/** Named factors, as a file has them, in one array in the graph's order; what is missing is zero. */
export function gatherFactors(layout: readonly FactorRange[], factors: readonly FactorArray[]) {
  const parameters = new Float32Array(numParameters(layout));
  const ranges = new Map(layout.map((range) => [range.name, range]));
  for (const { name, dims, data } of factors) {
    const range = ranges.get(name);
    if (range?.dims.join() !== dims.join()) throw misfit(name, dims, range);
    parameters.set(data, range.offset);
  }
  return parameters;
}

function misfit(name: string, dims: number[], range: FactorRange | undefined) {
  const expected = range ? `[${range.dims.join(', ')}]` : 'no such module';
  return appError(
    'ModelUnsupported',
    `These factors do not fit the model: ${name} is [${dims.join(', ')}] (expected ${expected}). ` +
      'Choose the model that they were trained on.',
  );
}
