import type { FactorArray, LoraChoice } from '../contract/request';
import type { FactorKind } from '../diffusion/lora/adapter';
import { isWord, WORD_EMBEDS } from '../diffusion/text/learned-word';
import { readFactors, refused } from './read-factors';
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

/** diffusers', peft's and LyCORIS' word for each factor; the others are called as here. */
const SUFFIXES: Partial<Record<FactorKind, string>> = {
  down: 'lora_A.weight',
  up: 'lora_B.weight',
  mid: 'lora_mid.weight',
  magnitude: 'lora_magnitude_vector',
  magnitude_in: 'dora_scale',
};
const FORMAT = 'phantoscope.';

/** A learned word's; diffusers wants `lora` in every name, and leaves out what is of no module. */
const WORD_NAME = 'lora_word.embeds';

/** `lora.unet.MODULE.down` → `unet.MODULE.lora_A.weight`, `up` → `lora_B.weight`, `hada_w1_a` stays. */
export function peftName(name: string): string {
  if (name === WORD_EMBEDS) return WORD_NAME;
  const [, module, kind] = /^lora\.(.+)\.(\w+)$/.exec(name)!;
  return `${module}.${SUFFIXES[kind as FactorKind] ?? kind}`;
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

/**
 * Reads such a file, whoever made it, by diffusers, peft, kohya or LyCORIS; what the file says of alpha is multiplied in, so
 * that strength 1 is what was trained. `PackageRefused` where it holds no factors, halves of pairs, or what is not applied here.
 */
export async function readLoraFile(
  file: Blob,
): Promise<{ factors: FactorArray[]; facts: Partial<LoraFacts> & { rank: number } }> {
  const { tensors, metadata } = await readSafetensors(file);
  const word = tensors.find(({ name }) => name === WORD_NAME);
  if (word) checkWord(word);
  const { factors, rank } = readFactors(
    tensors.filter((tensor) => tensor !== word),
    metadata,
  );
  return {
    factors: [
      ...factors,
      ...(word ? [{ name: WORD_EMBEDS, dims: word.shape, data: word.data }] : []),
    ],
    facts: { ...readFacts(metadata), rank },
  };
}

function checkWord({ name, shape, data }: StoredTensor) {
  if (shape.length !== 2 || shape[0] !== 2) throw refused(`${name} is [${shape.join(', ')}]`);
  if (!data.every(Number.isFinite)) throw refused(`${name} holds infinity or no number`);
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
