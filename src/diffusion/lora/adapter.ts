import type { FactorArray } from '../../contract/request';

/**
 * What an adapter changes of a model's weights, layer by layer. A factor is named `lora.PART.MODULE.KIND`: PART is `unet` or
 * `text_encoder`, MODULE the layer's path in diffusers' words.
 */

/** The parts of a model that adapters may change. */
export type AdapterPart = 'unet' | 'text_encoder';

/**
 * - `down`, `up`: two factors, W + up · down (Hu et al. 2021, https://arxiv.org/abs/2106.09685); a convolution's kernel is
 *   `down`'s, or lies between them in `mid`.
 * - `magnitude`: one number for each output channel, the length of its row (DoRA, Liu et al. 2024, https://arxiv.org/abs/2402.09353);
 *   `magnitude_in`: one for each input channel, the length of its column (LyCORIS' `wd_on_output=False`).
 * - `hada_…`: the product, number by number, of two such pairs (LoHa, Hyeon-Woo et al. 2021, https://arxiv.org/abs/2108.06098).
 * - `lokr_…`: a Kronecker product, either side of it whole or as a pair (LoKr, Yeh et al. 2023, https://arxiv.org/abs/2309.14859).
 */
export const FACTOR_KINDS = [
  'down',
  'up',
  'mid',
  'magnitude',
  'magnitude_in',
  'hada_w1_a',
  'hada_w1_b',
  'hada_w2_a',
  'hada_w2_b',
  'lokr_w1',
  'lokr_w1_a',
  'lokr_w1_b',
  'lokr_w2',
  'lokr_w2_a',
  'lokr_w2_b',
] as const;
export type FactorKind = (typeof FACTOR_KINDS)[number];

/** All factors of one layer. */
export type LayerFactors = Partial<Record<FactorKind, FactorArray>>;

const NAME = new RegExp(`^lora\\.(unet|text_encoder)\\.(.+)\\.(${FACTOR_KINDS.join('|')})$`);

/** Part, module and kind of a factor's name; null where it is none, as a learned word. */
export function parseFactor(name: string) {
  const [, part, module, kind] = NAME.exec(name) ?? [];
  return kind
    ? {
        part: part as AdapterPart,
        module: layerPath(part as AdapterPart, module),
        kind: kind as FactorKind,
      }
    : null;
}

/** The factors of one part by layer. */
export function layersOf(factors: readonly FactorArray[], part: AdapterPart) {
  const layers = new Map<string, LayerFactors>();
  for (const factor of factors) {
    const parsed = parseFactor(factor.name);
    if (parsed?.part !== part) continue;
    layers.set(parsed.module, { ...layers.get(parsed.module), [parsed.kind]: factor });
  }
  return layers;
}

/** A layer's path without what is before it in one exporter's graph and not in another's. */
export function layerPath(part: AdapterPart, path: string): string {
  return part === 'unet' ? path.replace(/^unet\./, '') : path.replace(/^.*?(?=layers\.\d)/, '');
}
