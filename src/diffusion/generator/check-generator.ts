import type { GenerationRequest } from '../../contract/request';
import { appError } from '../../errors';
import { labelNamed, NO_SCHEDULER } from '../../models/manifest/generator';
import type { GeneratorEntry } from '../../models/manifest/manifest';

/** Throws `RequestInvalid` for what a generator alone refuses: a label that it has not, a scheduler, a missing mask. */
export function checkGenerator(
  { prompt, scheduler, mask }: GenerationRequest,
  entry: GeneratorEntry,
) {
  const { title, generator } = entry;
  labelOf(prompt, entry);
  if (scheduler !== NO_SCHEDULER) {
    throw appError(
      'RequestInvalid',
      `${title} draws in one step and has no scheduler (expected "${NO_SCHEDULER}", got "${scheduler}"). ` +
        'Leave it out, or choose another model.',
    );
  }
  if (generator.mask && !mask) {
    throw appError(
      'RequestInvalid',
      `${title} draws to a mask (expected one, got none). Draw, open or generate a mask first.`,
    );
  }
}

/** The place of the prompt's label among those of the package, from 0; `RequestInvalid` where it has no such label. */
export function labelOf(prompt: string, { title, generator: { labels } }: GeneratorEntry): number {
  const label = labelNamed(labels, prompt);
  if (label !== undefined) return labels.indexOf(label);
  throw appError(
    'RequestInvalid',
    `${title} has no label "${prompt.trim().slice(0, 60)}" (expected one of ${labels.join(', ')}). ` +
      'Choose one of these, or a model that reads prompts.',
  );
}
