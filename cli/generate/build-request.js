import { invalid, named } from '../named-errors.js';

/** @typedef {import('./generate-options.js').GenerateOptions} GenerateOptions */

/**
 * The request for the model named, or the default one, with the model's defaults where nothing was said.
 *
 * @param {GenerateOptions} options
 * @param {import('../../src/models/manifest/manifest.ts').ModelManifest} manifest
 * @returns {import('../../src/contract/request.ts').GenerationRequest}
 */
export function buildRequest(options, manifest) {
  const modelId = options.model ?? manifest.defaultModel;
  const entry = manifest.models.find(({ id }) => id === modelId);
  if (!entry) {
    const ids = manifest.models.map(({ id }) => id).join(', ');
    throw named('ModelUnsupported', `There is no model "${modelId}". Choose one of: ${ids}.`);
  }
  if (entry.kind === 'generator') refuseForGenerator(options, entry);
  const scheduler = options.scheduler ?? entry.defaults.scheduler;
  const schedulers =
    entry.kind === 'generator'
      ? [entry.defaults.scheduler]
      : entry.schedulers.map(({ id, type }) => id ?? type);
  if (!schedulers.includes(scheduler)) {
    throw invalid(`--scheduler expects one of ${schedulers.join(', ')}, got "${scheduler}".`);
  }
  return {
    modelId,
    prompt: options.prompt,
    negativePrompt: options.negative,
    seed: options.seed,
    imageIndex: 0,
    numInferenceSteps: options.steps ?? entry.defaults.numInferenceSteps,
    guidanceScale: options.guidance ?? entry.defaults.guidanceScale,
    scheduler,
    covariates: covariateValues(options.covariates, entry.conditions.covariates),
    ...(options.check === undefined ? {} : { check: checkChoice(options.check, manifest) }),
  };
}

/**
 * A flag that means nothing to a model that draws a label in one step is a mistake, and not to be passed over.
 *
 * @param {GenerateOptions} options
 * @param {import('../../src/models/manifest/manifest.ts').GeneratorEntry} entry
 */
function refuseForGenerator(options, { title, generator }) {
  const { negative, steps, guidance, scheduler, init, lora, mask, covariates } = options;
  const asked = { steps, guidance, scheduler, init, lora, negative: negative || undefined };
  const given = Object.entries(asked).find(([, value]) => value !== undefined);
  const flag = given?.[0] ?? (Object.keys(covariates).length > 0 ? 'covariate' : undefined);
  if (flag) {
    throw invalid(
      `--${flag} has no meaning for ${title} (${generator.method}), which draws a label in one step. Leave it out.`,
    );
  }
  if (mask && !generator.mask) throw invalid(`--mask has no meaning for ${title}. Leave it out.`);
  if (!mask && generator.mask) {
    throw invalid(`${title} draws to a mask, and there is none. Name its file: --mask FILE`);
  }
}

/**
 * @param {number} maxTries
 * @param {import('../../src/models/manifest/manifest.ts').ModelManifest} manifest
 */
function checkChoice(maxTries, manifest) {
  const network = manifest.evaluation?.networks.find(({ labels }) => labels);
  if (network) return { networkId: network.id, maxTries };
  throw invalid('--check needs a network that names labels; the manifest has none. Leave it out.');
}

/**
 * @param {Record<string, string>} asked
 * @param {import('../../src/models/manifest/manifest.ts').Covariate[]} covariates
 */
function covariateValues(asked, covariates) {
  const entries = Object.entries(asked).map(([name, text]) => {
    const covariate = covariates.find((candidate) => candidate.name === name);
    if (!covariate) {
      const names = covariates.map((candidate) => candidate.name).join(', ');
      throw invalid(
        `The covariate ${name} is unknown to this model. It takes: ${names || 'none'}.`,
      );
    }
    const choice = covariate.choices?.find(
      ({ title }) => title.toLowerCase() === text.toLowerCase(),
    );
    const value = choice?.value ?? Number(text);
    if (text === '' || !Number.isFinite(value)) {
      const titles = covariate.choices?.map(({ title }) => title).join(', ');
      const expected = titles ?? `a number from ${covariate.min} to ${covariate.max}`;
      throw invalid(`The covariate ${name} expects ${expected}, got "${text}".`);
    }
    return /** @type {const} */ ([name, value]);
  });
  return Object.fromEntries(entries);
}
