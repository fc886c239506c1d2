/** The names that trainers give to low-rank factors, and what each is of. */

/** What a tensor of a file of factors is. `module` is diffusers' path, `unet.` in front. */
export interface FactorName {
  module: string;
  kind: 'down' | 'up' | 'alpha';
}

/** Kinds of adapters that are not pairs of factors, and what to do about each. */
const OTHER_KINDS: [RegExp, string][] = [
  [/\.hada_/, 'it is a LoHa (Hadamard products)'],
  [/\.lokr_/, 'it is a LoKr (Kronecker products)'],
  [/\.dora_scale|magnitude_vector/, 'it is a DoRA (with a scale of its own for each row)'],
  [/\.lora_mid\./, 'it has convolutions in three factors (lora_mid)'],
  [/\.(diff|diff_b)$/, 'it has whole differences of weights beside its factors'],
  [/\.on_input$|oft_/, 'it is an IA³ or OFT'],
];

/** Words of a UNet's module names that have an underscore in them; kohya writes one for each dot too. */
const WORDS = (
  'down_blocks up_blocks mid_block transformer_blocks proj_in proj_out to_q to_k to_v to_out conv_shortcut ' +
  'time_emb_proj time_embedding conv_in conv_out linear_1 linear_2 attentions resnets downsamplers upsamplers ' +
  'attn1 attn2 conv1 conv2 conv ff net proj'
).split(' ');

/** What the tensor is of, or a reason why it cannot be applied. */
export function parseFactorName(name: string): FactorName | { refused: string } {
  for (const [pattern, what] of OTHER_KINDS) {
    if (pattern.test(name))
      return { refused: `${what}, which is not applied here; convert it to a plain LoRA` };
  }
  if (/^(?:base_model\.model\.)?(?:lora_te\d?_|text_encoder(?:_\d)?\.)/.test(name)) {
    return {
      refused:
        'it changes the text encoder too, which is not applied here; train or convert it for the UNet alone',
    };
  }
  const split = splitName(name.replace(/^base_model\.model\./, ''));
  if (!split) return { refused: `it has a tensor ${name}` };
  if (split.path.startsWith('lora_unet_')) {
    const module = fromKohya(split.path.slice('lora_unet_'.length));
    return module
      ? { module: `unet.${module}`, kind: split.kind }
      : {
          refused: `it has a module ${split.path} whose name no model of diffusers has; convert it to diffusers' names`,
        };
  }
  const path = split.path.replace(/^unet\./, '');
  return { module: `unet.${path}`, kind: split.kind };
}

function splitName(name: string): { path: string; kind: FactorName['kind'] } | null {
  const alpha = /^(.+)\.alpha$/.exec(name);
  if (alpha) return { path: alpha[1], kind: 'alpha' };
  const peft = /^(.+)\.lora_(A|B|down|up)(?:\.default)?\.weight$/.exec(name);
  if (peft) return { path: peft[1], kind: peft[2] === 'A' || peft[2] === 'down' ? 'down' : 'up' };
  // diffusers before 0.22.
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
function fromKohya(name: string): string | null {
  const parts: string[] = [];
  for (let rest = name; rest !== '';) {
    const number = /^\d+(?=_|$)/.exec(rest)?.[0];
    const word = number ?? WORDS.find((one) => rest === one || rest.startsWith(`${one}_`));
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

/** Of the file's metadata: kohya's, diffusers' (a JSON text), or a plain number. */
export function readScale(metadata: Record<string, string>): FileScale {
  const config = parseConfig(metadata.lora_adapter_metadata ?? metadata.adapter_config);
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

function parseConfig(text: string | undefined): Record<string, unknown> {
  try {
    const config = JSON.parse(text ?? '{}') as Record<string, unknown>;
    // diffusers puts the part of the model before each key.
    return Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key.replace(/^unet\./, ''), value]),
    );
  } catch {
    return {};
  }
}

function toAlpha(value: unknown): number | null {
  if (value === undefined || value === null || value === '') return null;
  const alpha = Number(value);
  return Number.isFinite(alpha) ? alpha : null;
}
