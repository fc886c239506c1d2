import type { Stain } from '../image/nuclei-layout';
import type {
  CovariateRule,
  MaskSettings,
  PairSettings,
  Recipe,
  RecipeCheck,
  RecipeRow,
  Share,
  SourceChoice,
  TunedChoice,
} from './recipe';
import { invalid } from './refuse-number';

/** A recipe from JSON text. Throws `RequestInvalid` where it is none, whatever it is; the model is checked apart. */
export function parseRecipe(text: string): Recipe {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(
      `This is no recipe (expected JSON, got text that does not parse: ${(cause as Error).message}).`,
      'Choose a file that was saved here.',
    );
  }
  return toRecipe(value);
}

/** The shape of a recipe, and nothing that is not of it. */
export function toRecipe(value: unknown): Recipe {
  const all = object('The recipe', value);
  if (all.version !== 1) {
    throw invalid(
      `The recipe is of another version (expected 1, got ${JSON.stringify(all.version)}).`,
      'Update this app, or choose a recipe that was saved here.',
    );
  }
  return {
    version: 1,
    title: text('title', all.title),
    modelId: text('modelId', all.modelId),
    seed: number('seed', all.seed),
    numInferenceSteps: number('numInferenceSteps', all.numInferenceSteps),
    guidanceScale: number('guidanceScale', all.guidanceScale),
    scheduler: text('scheduler', all.scheduler),
    ...(all.check === undefined ? {} : { check: toCheck('check', all.check) }),
    rows: array('rows', all.rows).map((row, i) => toRow(`rows[${i}]`, row)),
  };
}

function toCheck(at: string, value: unknown): RecipeCheck {
  const { networkId, maxTries, unconfirmed } = object(at, value);
  return {
    networkId: text(`${at}.networkId`, networkId),
    maxTries: number(`${at}.maxTries`, maxTries),
    // Which words there are is checked with the rest.
    unconfirmed: text(`${at}.unconfirmed`, unconfirmed ?? 'keep') as 'keep',
  };
}

function toRow(at: string, value: unknown): RecipeRow {
  const row = object(at, value);
  const { negativePrompt, label, mask, lora, pair } = row;
  return {
    count: number(`${at}.count`, row.count),
    prompt: text(`${at}.prompt`, row.prompt),
    ...(negativePrompt === undefined
      ? {}
      : { negativePrompt: text(`${at}.negativePrompt`, negativePrompt) }),
    ...(label === undefined ? {} : { label: text(`${at}.label`, label) }),
    words: mapped(`${at}.words`, row.words ?? {}, (where, list) =>
      array(where, list).map((one) => toShare(where, one, text)),
    ),
    covariates: mapped(`${at}.covariates`, row.covariates ?? {}, toRule),
    ...(mask === undefined ? {} : { mask: toMask(`${at}.mask`, mask) }),
    ...(lora === undefined ? {} : { lora: toLora(`${at}.lora`, lora) }),
    ...(pair === undefined ? {} : { pair: toPair(`${at}.pair`, pair) }),
  };
}

function toPair(at: string, value: unknown): PairSettings {
  const { sentence, label, push, strength, sources } = object(at, value);
  return {
    sentence: text(`${at}.sentence`, sentence),
    ...(label === undefined ? {} : { label: text(`${at}.label`, label) }),
    ...(push === undefined ? {} : { push: number(`${at}.push`, push) }),
    ...(strength === undefined ? {} : { strength: number(`${at}.strength`, strength) }),
    ...(sources === undefined
      ? {}
      : { sources: array(`${at}.sources`, sources).map((one) => toSource(`${at}.sources`, one)) }),
  };
}

function toSource(at: string, value: unknown): SourceChoice {
  const { title, sha256, prompt, covariates } = object(at, value);
  return {
    title: text(`${at}.title`, title),
    ...(sha256 === undefined ? {} : { sha256: text(`${at}.sha256`, sha256) }),
    ...(prompt === undefined ? {} : { prompt: text(`${at}.prompt`, prompt) }),
    ...(covariates === undefined
      ? {}
      : { covariates: mapped(`${at}.covariates`, covariates, number) }),
  };
}

function toMask(at: string, value: unknown): MaskSettings {
  const mask = object(at, value);
  // Which stains there are is checked with the model.
  if ('stain' in mask) return { stain: text(`${at}.stain`, mask.stain) as Stain };
  const { count, diameter, sizeSpread, elongation, clustering, overlap } = mapped(at, mask, number);
  return { count, diameter, sizeSpread, elongation, clustering, overlap };
}

function toLora(at: string, value: unknown): TunedChoice {
  const { sha256, title, strength } = object(at, value);
  return {
    sha256: text(`${at}.sha256`, sha256),
    title: text(`${at}.title`, title),
    strength: number(`${at}.strength`, strength),
  };
}

function toRule(at: string, value: unknown): CovariateRule {
  if (typeof value === 'number') return value;
  if (Array.isArray(value)) return value.map((one) => toShare(at, one, number));
  const { from, to, step } = object(at, value);
  return {
    from: number(`${at}.from`, from),
    to: number(`${at}.to`, to),
    ...(step === undefined ? {} : { step: number(`${at}.step`, step) }),
  };
}

function toShare<T>(at: string, value: unknown, of: (at: string, value: unknown) => T): Share<T> {
  const one = object(at, value);
  return {
    value: of(`${at}.value`, one.value),
    share: number(`${at}.share`, one.share),
    ...(one.name === undefined ? {} : { name: text(`${at}.name`, one.name) }),
  };
}

function mapped<T>(
  at: string,
  value: unknown,
  of: (at: string, value: unknown) => T,
): Record<string, T> {
  const entries = Object.entries(object(at, value));
  return Object.fromEntries(entries.map(([name, one]) => [name, of(`${at}.${name}`, one)]));
}

function object(at: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw shape(at, 'an object', value);
}

function array(at: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw shape(at, 'a list', value);
}

function text(at: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw shape(at, 'text', value);
}

function number(at: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw shape(at, 'a number', value);
}

function shape(at: string, expected: string, value: unknown): Error {
  const got = (JSON.stringify(value) ?? 'nothing').slice(0, 40);
  return invalid(
    `This is no recipe: ${at} is not usable (expected ${expected}, got ${got}).`,
    'Mend the file.',
  );
}
