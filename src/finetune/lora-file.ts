import type { FactorArray, LoraChoice } from '../contract/request';
import { isWord, WORD_EMBEDS } from '../diffusion/text/learned-word';
import { appError } from '../errors';
import { parseFactorName, readScale, type FileScale } from './lora-names';
import { readSafetensors, writeSafetensors, type StoredTensor } from './safetensors';

/** What a file of factors says about itself; plain text, for safetensors knows nothing else. */
export interface LoraFacts {
  title: string;
  modelId: string;
  /** sha256 of the model's manifest entry, hex. */
  modelHash: string;
  /** Of that model; absent in files made before it was noted. */
  baseVersion?: string;
  /** src/models/manifest/learnt-on.ts. */
  baseUnet?: string;
  rank: number;
  steps: number;
  /** Different images that training drew from. */
  numImages: number;
  /** Images shown in all, repeats included. */
  imagesSeen: number;
  /** The word that was learned with the factors; empty: none. */
  word?: string;
  /** Share of its samples that an evaluation's copy check calls copies of training images; null: no verdict. */
  copyRate: number | null;
}

/** diffusers' and peft's word for each factor. */
const SUFFIXES = { down: 'lora_A.weight', up: 'lora_B.weight' } as const;
const FORMAT = 'phantoscope.';

/** A learned word's; diffusers wants `lora` in every name, and leaves out what is of no module. */
const WORD_NAME = 'lora_word.embeds';

/** `lora.unet.MODULE.down` → `unet.MODULE.lora_A.weight`, up → `lora_B`. */
export function peftName(name: string): string {
  if (name === WORD_EMBEDS) return WORD_NAME;
  const [, module, kind] = /^lora\.(.+)\.(down|up)$/.exec(name)!;
  return `${module}.${SUFFIXES[kind as keyof typeof SUFFIXES]}`;
}

/** Factors as diffusers' `load_lora_weights` reads them. */
export function writeLoraFile(factors: readonly FactorArray[], facts: LoraFacts): Blob {
  const tensors = factors.map(({ name, dims, data }) => ({
    name: peftName(name),
    shape: dims,
    data: data.slice(),
  }));
  const known = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '');
  const texts = known.map(([key, value]) => [FORMAT + key, String(value)]);
  return writeSafetensors(tensors, { format: 'pt', ...(Object.fromEntries(texts) as object) });
}

interface Parts {
  down?: StoredTensor;
  up?: StoredTensor;
  alpha?: StoredTensor;
}

/**
 * Reads such a file, whoever made it, by diffusers, peft or kohya; what the file says of alpha is multiplied in, so that
 * strength 1 is what was trained. `PackageRefused` where it holds no factors, halves of pairs, or what is not applied here.
 */
export async function readLoraFile(
  file: Blob,
): Promise<{ factors: FactorArray[]; facts: Partial<LoraFacts> & { rank: number } }> {
  const { tensors, metadata } = await readSafetensors(file);
  const modules = new Map<string, Parts>();
  const word = tensors.find(({ name }) => name === WORD_NAME);
  if (word) checkWord(word);
  for (const tensor of tensors) {
    if (tensor === word) continue;
    const parsed = parseFactorName(tensor.name);
    if ('refused' in parsed) throw refused(parsed.refused);
    const parts = modules.get(parsed.module) ?? {};
    modules.set(parsed.module, { ...parts, [parsed.kind]: tensor });
  }
  const scale = readScale(metadata);
  if (scale.expression !== null) {
    throw refused(
      `its alpha_pattern names modules by the expression "${scale.expression}", which is not applied here; convert it to one ` +
        'alpha for each module',
    );
  }
  const checked = [...modules].map(([module, parts]) => {
    const { down, up } = checkPair(module, parts);
    return { module, down, up: scaled(up, scaleOf(module, down.shape[0], parts.alpha, scale)) };
  });
  if (checked.length === 0) throw refused('it is empty');
  const rank = Math.max(...checked.map(({ down }) => down.shape[0]));
  return {
    factors: [
      ...checked.flatMap(({ module, down, up }) => [
        widen(`lora.${module}.down`, down, 0, rank),
        widen(`lora.${module}.up`, up, 1, rank),
      ]),
      ...(word ? [{ name: WORD_EMBEDS, dims: word.shape, data: word.data }] : []),
    ],
    facts: { ...readFacts(metadata), rank },
  };
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

function scaled(tensor: StoredTensor, scale: number): StoredTensor {
  return scale === 1 ? tensor : { ...tensor, data: tensor.data.map((x) => x * scale) };
}

function checkWord({ name, shape, data }: StoredTensor) {
  if (shape.length !== 2 || shape[0] !== 2) throw refused(`${name} is [${shape.join(', ')}]`);
  if (!data.every(Number.isFinite)) throw refused(`${name} holds infinity or no number`);
}

function checkPair(module: string, { down, up }: Parts) {
  if (!down || !up) throw refused(`${module} lacks its lora_${down ? 'B' : 'A'}`);
  if (down.shape.length < 2 || down.shape[0] < 1 || down.shape[0] !== up.shape[1]) {
    throw refused(`the two factors of ${module} have ranks ${down.shape[0]} and ${up.shape[1]}`);
  }
  for (const { name, data } of [down, up]) {
    if (!data.every(Number.isFinite)) throw refused(`${name} holds infinity or no number`);
  }
  return { down, up };
}

/** A factor of lower rank than others is the same with zeros behind it. */
function widen(name: string, { shape, data }: StoredTensor, axis: 0 | 1, rank: number) {
  const dims = shape.map((size, i) => (i === axis ? rank : size));
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const [from, to] = [shape[axis] * inner, rank * inner];
  if (from === to) return { name, dims, data };
  const rows = data.length / from;
  const wide = new Float32Array(rows * to);
  for (let r = 0; r < rows; r++) wide.set(data.subarray(r * from, (r + 1) * from), r * to);
  return { name, dims, data: wide };
}

function readFacts(metadata: Record<string, string>): Partial<LoraFacts> {
  const text = (key: string) => metadata[FORMAT + key]?.slice(0, 200);
  const number = (key: string) => {
    const value = Number(text(key) ?? NaN);
    return Number.isFinite(value) && value >= 0 ? value : undefined;
  };
  const facts = {
    word: wordOf(text('word')),
    title: text('title'),
    modelId: text('modelId'),
    modelHash: text('modelHash'),
    baseVersion: text('baseVersion'),
    baseUnet: text('baseUnet'),
    steps: number('steps'),
    numImages: number('numImages'),
    imagesSeen: number('imagesSeen'),
    copyRate: number('copyRate'),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

/** Of which weights they were learnt on top, as a request says it; absent where the file does not say. */
export function baseOf({
  modelId,
  baseVersion: version,
  baseUnet: unetSha256,
  modelHash,
}: Partial<LoraFacts>): Pick<LoraChoice, 'base'> {
  if (!modelId || !(unetSha256 ?? modelHash)) return {};
  return {
    base: {
      modelId,
      ...(version ? { version } : {}),
      ...(unetSha256 ? { unetSha256 } : {}),
      ...(modelHash ? { modelHash } : {}),
    },
  };
}

/** What is no word cannot be looked for. */
function wordOf(text: string | undefined): string | undefined {
  return text && isWord(text) ? text : undefined;
}

function refused(why: string) {
  return appError(
    'PackageRefused',
    `This file holds no low-rank factors for this kind of model: ${why} (expected pairs named MODULE.lora_A.weight and ` +
      'MODULE.lora_B.weight). Choose a file that was exported here, or by peft or diffusers.',
  );
}
