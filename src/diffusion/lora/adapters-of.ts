import type { LoraChoice } from '../../contract/request';
import type { AdapterPart } from './adapter';

/** All that a request asks for: the form's, and those that its prompt names. */
export function adaptersOf(request: { lora?: LoraChoice; moreLoras?: LoraChoice[] }): LoraChoice[] {
  return [...(request.lora ? [request.lora] : []), ...(request.moreLoras ?? [])];
}

/** Whether it changes this part of a model; src/diffusion/lora/adapter.ts says what its factors are called. */
export function changesPart({ factors = [] }: LoraChoice, part: AdapterPart): boolean {
  return factors.some(({ name }) => name.startsWith(`lora.${part}.`));
}

/** Whether it is more than pairs of factors of the UNet, which is all that a graph with factors as inputs has place for. */
export function isBeyondUnetPairs({ factors = [] }: LoraChoice): boolean {
  return factors.some(({ name }) => /^lora\.(?!unet\..+\.(down|up)$)/.test(name));
}

/**
 * Tells the weights of a part apart that these adapters have changed; empty for those as they are stored. The hash is of the
 * numbers alone: the names say which layers they are of.
 */
export function weightsKey(adapters: readonly LoraChoice[], part: AdapterPart): string {
  const changing = adapters.filter((one) => changesPart(one, part));
  const keys = changing.map(({ sha256, factors = [], strength }) => [
    sha256 ?? factors,
    factors.map(({ name, dims }) => [name, dims]),
    strength,
  ]);
  return keys.length ? JSON.stringify(keys) : '';
}
