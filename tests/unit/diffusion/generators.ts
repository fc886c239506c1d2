import type { GenerationRequest } from '../../../src/contract/request';
import type { GeneratorEntry } from '../../../src/models/manifest/manifest';
import { validateManifest } from '../../../src/models/manifest/validate-manifest';
import { readFixture } from './fixture-package';

/** Folder of the fixture, made by training/goldens/make_generator_fixtures.py. */
export const GENERATORS = 'tiny-generators';

/** The packages of the fixture by id, whole; a new copy each time. */
export function generatorEntry(id: string): GeneratorEntry {
  const { models } = validateManifest(readFixture(GENERATORS, 'model-manifest.json'));
  return models.find((model) => model.id === id) as GeneratorEntry;
}

/** What the form would ask of a generator. */
export function generatorRequest(
  modelId: string,
  change: Partial<GenerationRequest> = {},
): GenerationRequest {
  return {
    ...{ modelId, prompt: 'normal', negativePrompt: '', seed: 7, imageIndex: 2 },
    ...{ numInferenceSteps: 1, guidanceScale: 1, scheduler: 'none', covariates: {} },
    ...change,
  };
}
