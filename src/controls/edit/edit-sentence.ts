import { sameNumbers } from '../../common/same-numbers';
import { appError } from '../../errors';
import { clauseWith, saidLabels, type SaidLabels } from '../../evaluation/said-labels';
import type { Covariate, ModelEntry } from '../../models/manifest/manifest';
import type { NetworkLabels } from '../../models/manifest/networks';
import { fitsModality, promptModality } from '../../models/manifest/prompt-modality';
import { promptInStep, valueInPrompt } from '../prompt-covariates';
import { labelOfKind } from './label-of-kind';

/** An image in words. */
export interface InWords {
  prompt: string;
  /** In the units of the model's manifest. */
  covariates: Record<string, number>;
}

/** An image in words with what these say of covariates; what is known of them otherwise counts more. */
export function inWords(
  prompt: string,
  known: Record<string, number>,
  { conditions }: Pick<ModelEntry, 'conditions'>,
): InWords {
  const said = conditions.covariates.flatMap((one): [string, number][] => {
    const value = valueInPrompt(prompt, one);
    return value === null ? [] : [[one.name, within(value, one)]];
  });
  return { prompt: prompt.trim(), covariates: { ...Object.fromEntries(said), ...known } };
}

/** Who says what can be asked for: the model, and where there is one a network that knows labels and their phrases. */
export interface Vocabulary {
  entry: Pick<ModelEntry, 'title' | 'examples' | 'conditions'>;
  labels?: NetworkLabels;
}

interface Direction {
  more: string[];
  less: string[];
}

/** What a sentence says for more and for less of a covariate, by its name in the manifest. */
const DIRECTIONS: Record<string, Direction> = {
  age: { more: ['older', 'aged'], less: ['younger'] },
  nuclei: {
    more: ['more nuclei', 'more cells', 'more cell nuclei'],
    less: ['fewer nuclei', 'less nuclei', 'fewer cells', 'less cells', 'fewer cell nuclei'],
  },
  skin_tone: { more: ['lighter', 'paler'], less: ['darker'] },
  csf_fraction: {
    more: ['larger ventricles', 'bigger ventricles', 'wider ventricles', 'more fluid'],
    less: ['smaller ventricles', 'narrower ventricles', 'less fluid'],
  },
  nwbv: {
    more: ['larger brain', 'bigger brain', 'less atrophy'],
    less: ['smaller brain', 'more atrophy'],
  },
  dr_grade: { more: ['worse', 'more severe'], less: ['better', 'milder', 'less severe'] },
};

/** The part of a covariate's range that "more" and "less" stand for; a choice moves to the next one. */
const STRIDE = 0.25;

/**
 * What an image should show after a change that a sentence asks for ("make it glioma", "older", "80 years old"), in the same
 * words as what it shows. Throws `RequestInvalid` for a sentence that names no change, and says what can be asked.
 */
export function editBySentence(
  sentence: string,
  shown: InWords,
  { entry, labels }: Vocabulary,
): InWords {
  if (shown.prompt.trim() === '') {
    throw appError(
      'RequestInvalid',
      'What the image shows is not said (expected a prompt for it, got none). Say it in the words of a prompt: ' +
        `"${entry.examples[0]?.prompt ?? ''}".`,
    );
  }
  const kind = promptModality(shown.prompt, entry, labels?.modalities ?? []);
  const covariates = entry.conditions.covariates.filter((one) => fitsModality(one, kind));
  const asked = new Map(
    covariates.flatMap((one): [Covariate, number][] => {
      const value = valueAfter(sentence, one, shown);
      return value === null ? [] : [[one, value]];
    }),
  );
  const said = labels ? saidLabels(sentence, labels, kind) : null;
  if (asked.size === 0 && !said) throw namesNothing(sentence, kind, covariates, labels);
  const label = said && labelOfKind(said, shown.prompt, entry, labels!, kind);
  let prompt = label ? withLabel(shown.prompt, label, labels!, kind) : shown.prompt;
  const after = { ...shown.covariates };
  for (const [covariate, value] of asked) {
    prompt = promptInStep(prompt, covariate, value);
    after[covariate.name] = value;
  }
  if (prompt === shown.prompt && sameNumbers(after, shown.covariates)) {
    throw appError(
      'RequestInvalid',
      `"${short(sentence)}" is what the image shows already (expected a change to "${shown.prompt}"). Ask for something else.`,
    );
  }
  return { prompt, covariates: after };
}

/** What a sentence makes of a covariate, within its range; null where it does not speak of it. */
function valueAfter(sentence: string, covariate: Covariate, shown: InWords): number | null {
  const { name, min, max, choices } = covariate;
  const said = valueInPrompt(sentence, covariate);
  if (said !== null) return within(said, covariate);
  const { more = [], less = [] } = DIRECTIONS[name] ?? {};
  const sign = says(sentence, more) ? 1 : says(sentence, less) ? -1 : 0;
  if (sign === 0) return null;
  const now = shown.covariates[name] ?? valueInPrompt(shown.prompt, covariate) ?? (min + max) / 2;
  return within(now + sign * (choices ? 1 : STRIDE * (max - min)), covariate);
}

function within(value: number, { min, max, step, choices }: Covariate): number {
  const whole = choices || step >= 1 ? Math.round(value) : Number(value.toPrecision(6));
  return Math.min(max, Math.max(min, whole));
}

/** The prompt with the phrase for its label changed to another; at its end where it names none. */
function withLabel(
  prompt: string,
  { phrase, sets }: SaidLabels,
  labels: NetworkLabels,
  kind: string | null,
): string {
  const place = clauseWith(prompt, sets, labels, kind);
  if (!place) return `${prompt}, ${phrase}`;
  return prompt.slice(0, place.from) + phrase + prompt.slice(place.to);
}

function namesNothing(
  sentence: string,
  kind: string | null,
  covariates: readonly Covariate[],
  labels?: NetworkLabels,
): Error {
  const titles = (labels?.classes ?? [])
    .filter(({ modality }) => kind === null || modality === kind)
    .map(({ title }) => title);
  const directions = covariates.flatMap(({ name }) => {
    const { more, less } = DIRECTIONS[name] ?? {};
    return more && less ? [more[0], less[0]] : [];
  });
  const choices = covariates.flatMap(({ title, choices }) =>
    (choices ?? []).map((one) => `${title.toLowerCase()} ${one.title}`),
  );
  const known = [...new Set([...titles, ...directions, ...choices])].join(', ');
  return appError(
    'RequestInvalid',
    `"${short(sentence)}" names no change that can be asked of ${kind ?? 'this image'} (expected one of: ${known}). ` +
      'Use one of these.',
  );
}

function says(sentence: string, phrases: readonly string[]): boolean {
  const words = ` ${(sentence.toLowerCase().match(/[a-z0-9]+/g) ?? []).join(' ')} `;
  return phrases.some((phrase) => words.includes(` ${phrase} `));
}

function short(sentence: string): string {
  return sentence.trim().slice(0, 60);
}
