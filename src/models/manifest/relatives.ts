import type { ModelEntry } from './manifest';

/** Of models that read prompts with the same network: one is a faster or a better version of the other. */
export function familyOf(entry: ModelEntry): string | null {
  if (entry.kind === 'generator') return null;
  return entry.components.textEncoder.graph.shards[0]?.sha256 ?? null;
}

/** The model and its relatives, the one of the fewest steps first. */
export function relativesOf(entry: ModelEntry, models: readonly ModelEntry[]): ModelEntry[] {
  const family = familyOf(entry);
  const others = models.filter(({ id }) => id !== entry.id);
  const related = others.filter((one) => family !== null && familyOf(one) === family);
  return [entry, ...related].sort(
    (a, b) => a.defaults.numInferenceSteps - b.defaults.numInferenceSteps,
  );
}
