import { describeCovariates } from '../models/manifest/describe-covariates';
import type { ModelEntry } from '../models/manifest/manifest';

/** What was asked for besides the prompt: "age 50 years · female · PA"; empty where nothing was. */
export function covariateWords(covariates: Record<string, number>, entry: ModelEntry): string {
  return describeCovariates(covariates, entry.conditions.covariates).join(' · ');
}
