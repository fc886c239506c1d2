import type { GenerationRequest } from '../contract/request';
import { plain } from '../languages/numbers';
import { describeCovariates } from '../models/manifest/describe-covariates';
import type { ModelEntry } from '../models/manifest/manifest';
import { texts } from './texts';

/** What was asked for besides the prompt: "age 50 years · female · PA"; empty where nothing was. */
export function covariateWords(covariates: Record<string, number>, entry: ModelEntry): string {
  return describeCovariates(covariates, entry.conditions.covariates).join(' · ');
}

/** What the model was taught for a picture, by name, and how much of it was used; empty where it was taught nothing. */
export function tunedWords({ lora, moreLoras = [] }: GenerationRequest): string {
  return [...(lora ? [lora] : []), ...moreLoras]
    .map(({ title = '', strength }) => texts.tunedAs(title, plain(strength)))
    .join(' · ');
}
