import type { AdapterPart, FactorKind } from '../diffusion/lora/adapter';

/** The names that trainers give to low-rank factors, and what each is of. */

/** What a tensor of a file of factors is. `module` is diffusers' path, `unet.` or `text_encoder.` in front. */
export interface FactorName {
  module: string;
  kind: FactorKind | 'alpha';
}

/** Kinds of adapters that are not applied here, and what to do about each. */
const OTHER_KINDS: [RegExp, string][] = [
  [/\.(hada_t[12]|lokr_t2)/, 'it has convolutions in three factors of a LoHa or LoKr'],
  [/\.(diff|diff_b)$/, 'it has whole differences of weights beside its factors'],
  [/\.on_input$|oft_/, 'it is an IA³ or OFT'],
  [
    /lora_te[23]_|text_encoder_[23]\./,
    'it is for SDXL or another model with several text encoders',
  ],
];

/** Words of a UNet's module names that have an underscore in them; kohya writes one for each dot too. */
const UNET_WORDS = (
  'down_blocks up_blocks mid_block transformer_blocks proj_in proj_out to_q to_k to_v to_out conv_shortcut ' +
  'time_emb_proj time_embedding conv_in conv_out linear_1 linear_2 attentions resnets downsamplers upsamplers ' +
  'attn1 attn2 conv1 conv2 conv ff net proj'
).split(' ');

/** The same of CLIP's text model. */
const TEXT_WORDS =
  'text_model encoder layers self_attn q_proj k_proj v_proj out_proj mlp fc1 fc2'.split(' ');

/** What the tensor is of, or a reason why it cannot be applied. */
export function parseFactorName(name: string): FactorName | { refused: string } {
  for (const [pattern, what] of OTHER_KINDS) {
    if (pattern.test(name))
      return { refused: `${what}, which is not applied here; convert it to a plain LoRA` };
  }
  const split = splitName(name.replace(/^base_model\.model\./, ''));
  if (!split) return { refused: `it has a tensor ${name}` };
  const [, part, kohya] = /^lora_(unet|te1?)_(.+)$/.exec(split.path) ?? [];
  if (kohya) {
    const module = fromKohya(kohya, part === 'unet' ? UNET_WORDS : TEXT_WORDS);
    const of = part === 'unet' ? 'unet' : 'text_encoder';
    return module
      ? { module: `${of}.${module}`, kind: split.kind }
      : {
          refused: `it has a module ${split.path} whose name no model of diffusers has; convert it to diffusers' names`,
        };
  }
  const path = /^(unet|text_encoder)\./.test(split.path) ? split.path : `unet.${split.path}`;
  return { module: path, kind: split.kind };
}

function splitName(name: string): { path: string; kind: FactorName['kind'] } | null {
  const whole = /^(.+)\.(alpha|hada_w[12]_[ab]|lokr_w[12](?:_[ab])?)$/.exec(name);
  if (whole) return { path: whole[1], kind: whole[2] as FactorName['kind'] };
  const scale = /^(.+)\.(?:dora_scale|lora_magnitude_vector(?:\.default)?(?:\.weight)?)$/.exec(
    name,
  );
  if (scale) return { path: scale[1], kind: 'magnitude' };
  const mid = /^(.+)\.lora_mid\.weight$/.exec(name);
  if (mid) return { path: mid[1], kind: 'mid' };
  const peft = /^(.+)\.lora_(A|B|down|up)(?:\.default)?\.weight$/.exec(name);
  if (peft) return { path: peft[1], kind: peft[2] === 'A' || peft[2] === 'down' ? 'down' : 'up' };
  // diffusers before 0.22.
  const attention = /^(text_encoder\..+)\.to_(q|k|v|out)_lora\.(down|up)\.weight$/.exec(name);
  if (attention) {
    const [, path, layer, kind] = attention;
    return { path: `${path}.${layer}_proj`, kind: kind as 'down' | 'up' };
  }
  const processor = /^(.+)\.processor\.(to_q|to_k|to_v|to_out)_lora\.(down|up)\.weight$/.exec(name);
  if (processor) {
    const [, path, layer, kind] = processor;
    const module = layer === 'to_out' ? 'to_out.0' : layer;
    return { path: `${path}.${module}`, kind: kind as 'down' | 'up' };
  }
  const layer = /^(.+)\.lora(?:_linear_layer)?\.(down|up)\.weight$/.exec(name);
  return layer && { path: layer[1], kind: layer[2] as 'down' | 'up' };
}

/** `down_blocks_0_attentions_1_proj_in` → `down_blocks.0.attentions.1.proj_in`; null where a word is unknown. */
function fromKohya(name: string, words: readonly string[]): string | null {
  const parts: string[] = [];
  for (let rest = name; rest !== '';) {
    const number = /^\d+(?=_|$)/.exec(rest)?.[0];
    const word = number ?? words.find((one) => rest === one || rest.startsWith(`${one}_`));
    if (word === undefined) return null;
    parts.push(word);
    rest = rest.slice(word.length + 1);
  }
  return parts.join('.');
}

/** How strongly factors count where a file does not say it module by module: alpha over rank. */
export interface FileScale {
  alpha: number | null;
  /** Of modules whose path ends like this. */
  alphaOf: Record<string, number>;
  /** A path that is an expression in peft's own sense, which nobody should run; null: there is none. */
  expression: string | null;
  /** Over the root of the rank. Kalajdzievski 2023, https://arxiv.org/abs/2312.03732. */
  rootOfRank: boolean;
}

/** The end of a module's path; a dot stands for itself. */
const PLAIN_PATH = /^[\w.]+$/;

/** Of the file's metadata, for one part of the model: kohya's, diffusers' (a JSON text), or a plain number. */
export function readScale(metadata: Record<string, string>, part: AdapterPart): FileScale {
  const config = parseConfig(metadata.lora_adapter_metadata ?? metadata.adapter_config, part);
  const plain = [config.lora_alpha, metadata.ss_network_alpha, metadata.lora_alpha, metadata.alpha];
  const alpha = plain.map(toAlpha).find((value) => value !== null) ?? null;
  const patterns = Object.entries(config.alpha_pattern ?? {});
  return {
    alpha,
    expression: patterns.map(([path]) => path).find((path) => !PLAIN_PATH.test(path)) ?? null,
    alphaOf: Object.fromEntries(
      patterns.flatMap(([path, value]) => {
        const known = toAlpha(value);
        return known === null ? [] : [[path, known]];
      }),
    ),
    rootOfRank: config.use_rslora === true,
  };
}

function parseConfig(text: string | undefined, part: AdapterPart): Record<string, unknown> {
  try {
    const config = JSON.parse(text ?? '{}') as Record<string, unknown>;
    // diffusers puts the part of the model before each key.
    const own = Object.entries(config).filter(([key]) => !/^(unet|text_encoder)\./.test(key));
    const parts = Object.entries(config).filter(([key]) => key.startsWith(`${part}.`));
    const named = parts.map(([key, value]) => [key.slice(part.length + 1), value] as const);
    return Object.fromEntries([...own, ...named]);
  } catch {
    return {};
  }
}

function toAlpha(value: unknown): number | null {
  if (value === undefined || value === null || value === '') return null;
  const alpha = Number(value);
  return Number.isFinite(alpha) ? alpha : null;
}
