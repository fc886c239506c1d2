import { withoutLoraTags } from '../../common/lora-tag';
import type { Covariate, ModelEntry, ModelManifest } from './manifest';

/** A kind of image, and the phrases that prompts name it by. */
export interface ModalityPhrases {
  title: string;
  phrases: string[];
}

/** Those of the label networks, which were trained with them. */
export function modalityPhrases({
  evaluation,
}: Pick<ModelManifest, 'evaluation'>): ModalityPhrases[] {
  return (evaluation?.networks ?? []).flatMap(({ labels }) => labels?.modalities ?? []);
}

/**
 * The kind of image that a prompt names, of those that the model makes; a model of one kind makes no other. null where it
 * names none, or several.
 */
export function promptModality(
  prompt: string,
  { examples, conditions }: Pick<ModelEntry, 'examples' | 'conditions'>,
  known: readonly ModalityPhrases[],
): string | null {
  const titles = new Set([
    ...examples.map(({ modality }) => modality),
    ...conditions.covariates.flatMap(({ appliesTo }) => appliesTo),
    ...(conditions.mask?.modalities ?? []),
  ]);
  if (titles.size === 1) return [...titles][0];
  const words = spaced(withoutLoraTags(prompt));
  const named = [...titles].filter((title) => {
    const phrases = known.find((one) => one.title === title)?.phrases ?? [];
    return [title, ...phrases].some((phrase) => words.includes(spaced(phrase)));
  });
  return named.length === 1 ? named[0] : null;
}

/** One entry per modality, in the manifest's order. */
export function examplesByModality({ examples }: Pick<ModelEntry, 'examples'>) {
  const names = new Set(examples.map(({ modality }) => modality));
  return [...names].map((modality) => ({
    modality,
    examples: examples.filter((example) => example.modality === modality),
  }));
}

/** Whether a covariate means something for this kind of image; of an unknown kind anything may. */
export function fitsModality(
  { appliesTo }: Pick<Covariate, 'appliesTo'>,
  modality: string | null,
): boolean {
  return modality === null || appliesTo.length === 0 || appliesTo.includes(modality);
}

/** Whether a mask does. */
export function takesMask(
  { conditions }: Pick<ModelEntry, 'conditions'>,
  modality: string | null,
): boolean {
  const { mask } = conditions;
  return !mask || fitsModality({ appliesTo: mask.modalities }, modality);
}

/** Lower case, letters and digits, a space at each end: whole words only. */
function spaced(text: string): string {
  return ` ${(text.toLowerCase().match(/[a-z0-9]+/g) ?? []).join(' ')} `;
}
