import { appError } from '../../errors';
import type { ModelEntry, SchedulerConfig } from '../../models/manifest';
import { createDdim } from './ddim';
import { createFlowMatchEuler } from './flow-match-euler';
import type { Scheduler } from './scheduler';

/** Every scheduler there is, by the name manifests and requests use. Add a file, add a line. */
const SCHEDULERS: Record<
  SchedulerConfig['type'],
  (config: SchedulerConfig, numInferenceSteps: number) => Scheduler
> = {
  'flow-match-euler': createFlowMatchEuler,
  ddim: createDdim,
};

/** The named scheduler with this model's settings for it, for one image. */
export function createScheduler(
  entry: ModelEntry,
  name: string,
  numInferenceSteps: number,
): Scheduler {
  const config = entry.schedulers.find(({ type }) => type === name);
  if (!config) {
    const known = entry.schedulers.map(({ type }) => type).join(', ');
    throw appError(
      'RequestInvalid',
      `${entry.title} has no scheduler "${name}" (expected ${known}). Choose one of these.`,
    );
  }
  return SCHEDULERS[config.type](config, numInferenceSteps);
}
