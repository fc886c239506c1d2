import { appError } from '../../errors';
import type { ModelEntry, SchedulerConfig } from '../../models/manifest/manifest';
import { schedulerId } from '../../models/manifest/scheduler-names';
import type { Scheduler } from './scheduler';

type CreateScheduler = (
  config: SchedulerConfig,
  numInferenceSteps: number,
  firstStep?: number,
) => Scheduler;

/** By path. Add a file, and its title in src/models/manifest/scheduler-names.ts. */
const FILES = import.meta.glob<CreateScheduler>(
  ['./*.ts', '!./index.ts', '!./scheduler.ts', '!./noise-schedule.ts'],
  { eager: true, import: 'default' },
);

/**
 * The named scheduler with this model's settings for it, for one image.
 *
 * Image to image passes `startStep(…)` as `firstStep` and gets only the steps from there: multistep schedulers then
 * start without a history, as in diffusers. `steps.length` may be numInferenceSteps + 1 (PNDM).
 */
export function createScheduler(
  entry: ModelEntry,
  name: string,
  numInferenceSteps: number,
  firstStep = 0,
): Scheduler {
  const config = entry.schedulers.find((candidate) => schedulerId(candidate) === name);
  if (!config) {
    throw appError(
      'RequestInvalid',
      `${entry.title} has no scheduler "${name}" (expected ${entry.schedulers.map(schedulerId).join(', ')}). ` +
        'Choose one of these.',
    );
  }
  return createSchedulerFrom(config, numInferenceSteps, firstStep);
}

/** A scheduler from its settings alone. */
export function createSchedulerFrom(
  config: SchedulerConfig,
  numInferenceSteps: number,
  firstStep = 0,
): Scheduler {
  return FILES[`./${config.type}.ts`](config, numInferenceSteps, firstStep);
}

/**
 * The step where image to image begins: `strength` (0…1) of all steps are run, rounded down, as diffusers'
 * get_timesteps counts them. The noise of that step goes onto the source image.
 */
export function startStep(strength: number, numInferenceSteps: number): number {
  const numRun = Math.min(Math.trunc(numInferenceSteps * strength), numInferenceSteps);
  if (strength >= 0 && strength <= 1 && numRun >= 1) return numInferenceSteps - numRun;
  throw appError(
    'RequestInvalid',
    `The strength leaves no step to run (expected ${(1 / numInferenceSteps).toFixed(3)} to 1 with ` +
      `${numInferenceSteps} steps, got ${strength}). Raise the strength or the number of steps.`,
  );
}
