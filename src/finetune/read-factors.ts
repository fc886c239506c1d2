import type { FactorArray } from '../contract/request';
import type { AdapterPart, FactorKind } from '../diffusion/lora/adapter';
import { appError } from '../errors';
import { parseFactorName, readScale, type FileScale } from './lora-names';
import type { StoredTensor } from './safetensors';

/** All tensors of one layer. */
type Parts = Partial<Record<FactorKind | 'alpha', StoredTensor>>;

/** Which kinds a layer may have beside each other; the first of each list is what alpha is multiplied into. */
const FORMS: { all: FactorKind[]; also: FactorKind[]; scaled: FactorKind }[] = [
  { all: ['down', 'up'], also: ['mid', 'magnitude', 'magnitude_in'], scaled: 'up' },
  { all: ['hada_w1_a', 'hada_w1_b', 'hada_w2_a', 'hada_w2_b'], also: [], scaled: 'hada_w1_a' },
  { all: ['lokr_w1', 'lokr_w2'], also: [], scaled: 'lokr_w1' },
  { all: ['lokr_w1', 'lokr_w2_a', 'lokr_w2_b'], also: [], scaled: 'lokr_w1' },
  { all: ['lokr_w1_a', 'lokr_w1_b', 'lokr_w2'], also: [], scaled: 'lokr_w1_a' },
  { all: ['lokr_w1_a', 'lokr_w1_b', 'lokr_w2_a', 'lokr_w2_b'], also: [], scaled: 'lokr_w1_a' },
];

/**
 * The factors of a file's tensors, alpha over rank multiplied in, pairs of one rank throughout, as a graph with factors as inputs
 * wants them. `PackageRefused` where there are none, or halves of them.
 */
export function readFactors(
  tensors: readonly StoredTensor[],
  metadata: Record<string, string>,
): { factors: FactorArray[]; rank: number } {
  const modules = new Map<string, Parts>();
  for (const tensor of tensors) {
    const parsed = parseFactorName(tensor.name);
    if ('refused' in parsed) throw refused(parsed.refused);
    const kind = isOfInputs(tensor) ? 'magnitude_in' : parsed.kind;
    modules.set(parsed.module, { ...modules.get(parsed.module), [kind]: tensor });
  }
  if (modules.size === 0) throw refused('it is empty');
  const scales = {
    unet: readScale(metadata, 'unet'),
    text_encoder: readScale(metadata, 'text_encoder'),
  };
  for (const { expression } of Object.values(scales)) {
    if (expression === null) continue;
    throw refused(
      `its alpha_pattern names modules by the expression "${expression}", which is not applied here; convert it to one ` +
        'alpha for each module',
    );
  }
  const layers = [...modules].map(([module, parts]) => ({
    module,
    parts: scaledParts(module, parts, scales[module.split('.')[0] as AdapterPart]),
  }));
  const rank = Math.max(...layers.map(({ parts }) => rankOf(parts) ?? 1));
  return {
    factors: layers.flatMap(({ module, parts }) => factorsOf(module, parts, rank)),
    rank,
  };
}

/** LyCORIS lays the magnitudes of a DoRA along the axis that they are of: [out, 1, …] or [1, in, …]. */
function isOfInputs({ name, shape: [outputs, inputs = 1] }: StoredTensor): boolean {
  return name.endsWith('.dora_scale') && outputs === 1 && inputs > 1;
}

function factorsOf(
  module: string,
  { alpha: _multiplied, ...parts }: Parts,
  rank: number,
): FactorArray[] {
  return Object.entries(parts).map(([kind, tensor]) => {
    const name = `lora.${module}.${kind}`;
    // Between the factors of a kernel nothing is widened, for they are given as inputs to no graph.
    const axis = parts.mid ? undefined : { down: 0, up: 1 }[kind];
    return axis === undefined
      ? { name, dims: tensor.shape, data: tensor.data }
      : widen(name, tensor, axis, rank);
  });
}

/** The layer's tensors, whole and of one form, with alpha multiplied in. */
function scaledParts(module: string, parts: Parts, file: FileScale): Parts {
  const form = FORMS.find(({ all }) => all.every((kind) => parts[kind]));
  if (!form) throw refused(halfOf(module, parts));
  const kinds = Object.keys(parts).filter((kind) => kind !== 'alpha') as FactorKind[];
  const strange = kinds.find((kind) => !form.all.includes(kind) && !form.also.includes(kind));
  if (strange) throw refused(`${module} has a ${strange} beside its ${form.all.join(' and ')}`);
  for (const { name, data } of kinds.map((kind) => parts[kind]!)) {
    if (!data.every(Number.isFinite)) throw refused(`${name} holds infinity or no number`);
  }
  checkRanks(module, parts);
  const rank = rankOf(parts);
  const scale = rank === null ? 1 : scaleOf(module, rank, parts.alpha, file);
  const tensor = parts[form.scaled]!;
  if (scale === 1) return parts;
  return { ...parts, [form.scaled]: { ...tensor, data: tensor.data.map((x) => x * scale) } };
}

/** Null for a Kronecker product of two whole sides, which no alpha is divided by. */
function rankOf({ down, mid, hada_w1_b, lokr_w1_b, lokr_w2_b }: Parts): number | null {
  return (mid ?? down ?? hada_w1_b ?? lokr_w2_b ?? lokr_w1_b)?.shape[0] ?? null;
}

function halfOf(module: string, parts: Parts): string {
  if (parts.down || parts.up) return `${module} lacks its lora_${parts.down ? 'B' : 'A'}`;
  const kinds = Object.keys(parts).filter((kind) => kind !== 'alpha');
  const [what] = [/^hada/, /^lokr/].flatMap((pattern, i) =>
    kinds.some((kind) => pattern.test(kind)) ? [['LoHa', 'LoKr'][i]] : [],
  );
  if (what) {
    return `${module} is a ${what} of which it has only ${kinds.join(', ')}; convert it to a plain LoRA`;
  }
  return kinds.length
    ? `${module} has only ${kinds.join(', ')}`
    : `${module} has an alpha and no factors`;
}

function checkRanks(module: string, { down, up, mid }: Parts) {
  if (!down || !up) return;
  const [inner, outer] = mid ? [mid.shape[0], mid.shape[1]] : [down.shape[0], down.shape[0]];
  const fits =
    down.shape.length >= 2 &&
    down.shape[0] >= 1 &&
    inner === up.shape[1] &&
    outer === down.shape[0];
  if (!fits) {
    throw refused(`the two factors of ${module} have ranks ${down.shape[0]} and ${up.shape[1]}`);
  }
}

/** Alpha over rank; 1 where nobody says what alpha was. */
function scaleOf(module: string, rank: number, own: StoredTensor | undefined, file: FileScale) {
  const pattern = Object.keys(file.alphaOf).find((path) => module.endsWith(`.${path}`));
  const alpha = own?.data[0] ?? (pattern === undefined ? file.alpha : file.alphaOf[pattern]);
  if (alpha === null) return 1;
  if (Number.isFinite(alpha) && (!own || own.data.length === 1)) {
    return alpha / (file.rootOfRank ? Math.sqrt(rank) : rank);
  }
  throw refused(`the alpha of ${module} is no number`);
}

/** A factor of lower rank than others is the same with zeros behind it. */
function widen(
  name: string,
  { shape, data }: StoredTensor,
  axis: number,
  rank: number,
): FactorArray {
  const dims = shape.map((size, i) => (i === axis ? rank : size));
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const [from, to] = [shape[axis] * inner, rank * inner];
  if (from === to) return { name, dims, data };
  const rows = data.length / from;
  const wide = new Float32Array(rows * to);
  for (let r = 0; r < rows; r++) wide.set(data.subarray(r * from, (r + 1) * from), r * to);
  return { name, dims, data: wide };
}

/** A file that is no adapter that is applied here, in words. */
export function refused(why: string) {
  return appError(
    'PackageRefused',
    `This file holds no low-rank factors for this kind of model: ${why} (expected pairs named MODULE.lora_A.weight and ` +
      'MODULE.lora_B.weight). Choose a file that was exported here, or by peft or diffusers.',
  );
}
