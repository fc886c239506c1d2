import type { DroppedFile } from '../../../src/contract/download';
import type { BackendChoice } from '../../../src/contract/request';
import { createMemoryRecords } from '../../../src/common/records';
import { runFinetune } from '../../../src/bridge/finetune-client';
import { FinetuneStore, newRun } from '../../../src/finetune/finetune-store';
import type { FinetuneJob, FinetuneSettings } from '../../../src/finetune/run';
import { FinetuneProgress } from '../../../src/views/finetune/finetune-progress.svelte';
import type { FinetuneStateParts } from '../../../src/views/finetune/finetune.svelte';
import { disc, manifestUrl, modelId, SETTINGS } from './finetune-job';

const NUM_IMAGES = 8;

/** A run whose first worker is `first`, and those in its place `later`, and what every worker was told. */
export async function runWith(
  first: (() => Worker) | null,
  choice: BackendChoice,
  change: Partial<FinetuneSettings> = {},
  later?: () => Worker,
  numImages = NUM_IMAGES,
) {
  const store = new FinetuneStore(createMemoryRecords());
  const jobs: FinetuneJob[] = [];
  const finetuner: Awaited<ReturnType<FinetuneStateParts['finetuner']>> = (job, hooks) => {
    const startFinetune = jobs.length === 0 && first ? first : later;
    jobs.push(job);
    return runFinetune(job, { ...hooks, manifestUrl, startFinetune });
  };
  const names = Array.from({ length: numImages }, (_, i) => `${i}.png`);
  const run = newRun({
    ...{ title: 'Discs', modelId: await modelId() },
    settings: { ...SETTINGS, numSamples: 0, ...change },
    items: names.map((name) => ({ name, caption: 'chest x-ray', covariates: {} })),
  });
  await store.putRun(run);
  const progress = new FinetuneProgress(run, {
    ...{ store, finetuner: async () => finetuner, choice: () => choice, sessionOnly: true },
  } as FinetuneStateParts);
  const files: DroppedFile[] = names.map((path, i) => ({ path, file: new File([disc(i)], path) }));
  return { store, jobs, progress, files };
}

/** On the chart. */
export const stepsOf = (progress: FinetuneProgress) => progress.history.map(({ step }) => step);
