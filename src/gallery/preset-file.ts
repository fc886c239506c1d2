import { appError } from '../errors';
import type { Preset, PromptSettings } from './prompt-store';

/** What a file of presets says of itself. */
const FORMAT = 'phantoscope-presets';
const VERSION = 1;
/** More are not made by hand. */
const MOST = 1000;
const MOST_CHARACTERS = 2000;

/** Presets as JSON text, in clear. */
export function writePresets(presets: readonly Preset[]): string {
  const plain = presets.map(({ title, settings }) => ({ title, settings }));
  return `${JSON.stringify({ format: FORMAT, version: VERSION, presets: plain }, null, 2)}\n`;
}

/** Presets from JSON text. Throws `RequestInvalid`, with what was expected, where the text is another thing. */
export function parsePresets(text: string): Omit<Preset, 'id'>[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refused(`expected JSON, got text that does not parse: ${(cause as Error).message}`);
  }
  const file = object('the file', value);
  if (file.format !== FORMAT) {
    throw refused(`expected the format "${FORMAT}", got ${shown(file.format)}`);
  }
  if (file.version !== VERSION) {
    throw refused(`expected version ${VERSION}, got ${shown(file.version)}`);
  }
  const { presets } = file;
  if (!Array.isArray(presets) || presets.length > MOST) {
    throw refused(`presets: expected a list of at most ${MOST}, got ${shown(presets)}`);
  }
  return presets.map((preset, i) => {
    const at = `presets[${i}]`;
    const { title, settings } = object(at, preset);
    return { title: words(`${at}.title`, title), settings: toSettings(`${at}.settings`, settings) };
  });
}

/** The shape of settings, and nothing that is not of it. */
function toSettings(at: string, value: unknown): PromptSettings {
  const all = object(at, value);
  const covariates = Object.entries(object(`${at}.covariates`, all.covariates));
  const rescale = all.guidanceRescale;
  return {
    modelId: words(`${at}.modelId`, all.modelId),
    prompt: words(`${at}.prompt`, all.prompt),
    negativePrompt: words(`${at}.negativePrompt`, all.negativePrompt),
    numInferenceSteps: number(`${at}.numInferenceSteps`, all.numInferenceSteps),
    guidanceScale: number(`${at}.guidanceScale`, all.guidanceScale),
    ...(rescale === undefined ? {} : { guidanceRescale: number(`${at}.guidanceRescale`, rescale) }),
    scheduler: words(`${at}.scheduler`, all.scheduler),
    covariates: Object.fromEntries(
      covariates.map(([name, one]) => [name, number(`${at}.covariates.${name}`, one)]),
    ),
    ...(all.lora === undefined ? {} : { lora: toTuned(`${at}.lora`, all.lora) }),
  };
}

function toTuned(at: string, value: unknown): PromptSettings['lora'] {
  const { sha256, title, strength } = object(at, value);
  return {
    sha256: words(`${at}.sha256`, sha256),
    title: words(`${at}.title`, title),
    strength: number(`${at}.strength`, strength),
  };
}

function object(at: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw refused(`${at}: expected an object, got ${shown(value)}`);
}

function words(at: string, value: unknown): string {
  if (typeof value === 'string' && value.length <= MOST_CHARACTERS) return value;
  throw refused(
    `${at}: expected text of at most ${MOST_CHARACTERS} characters, got ${shown(value)}`,
  );
}

function number(at: string, value: unknown): number {
  if (typeof value === 'number') return value;
  throw refused(`${at}: expected a number, got ${shown(value)}`);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60);
}

function refused(what: string): Error {
  return appError(
    'RequestInvalid',
    `This is no file of presets (${what}). Choose one that was exported here.`,
  );
}
