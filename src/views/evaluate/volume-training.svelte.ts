import { saveBlob } from '../../browser/save-file';
import type { VolumeSets } from '../../evaluation/judge-volumes';
import type { EvaluationProgress, VolumeSegmentation } from '../../evaluation/report/report';
import { findLearnerId } from './evaluation-choices.svelte';

/** Trains segmenters of volumes in a worker of its own; see src/bridge/evaluation-client.ts. */
export type VolumeTrainer = (
  sets: VolumeSets,
  learning: { learnerId: string; seed: number; steps: number },
  options: { signal: AbortSignal; onProgress: (progress: EvaluationProgress) => void },
) => Promise<VolumeSegmentation>;

/** The same sets get the same answer. */
const SEED = 0;

/** Whether volumes of the gallery help to train a segmenter of real ones. */
export class VolumeTraining {
  /** Of each training. */
  steps = $state(120);
  report = $state.raw<VolumeSegmentation | null>(null);
  /** Of the one that runs. */
  progress = $state.raw<EvaluationProgress | null>(null);
  running = $state(false);
  error = $state.raw<Error | null>(null);

  #trainer: () => Promise<VolumeTrainer>;
  #sets: () => Promise<VolumeSets>;
  #controller = new AbortController();

  constructor(trainer: () => Promise<VolumeTrainer>, sets: () => Promise<VolumeSets>) {
    this.#trainer = trainer;
    this.#sets = sets;
  }

  async start() {
    if (this.running) return;
    this.running = true;
    this.error = null;
    this.report = null;
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    try {
      const [train, sets, learnerId] = await Promise.all([
        this.#trainer(),
        this.#sets(),
        findLearnerId('volume-segmenter'),
      ]);
      signal.throwIfAborted();
      const onProgress = (progress: EvaluationProgress) => (this.progress = progress);
      const learning = { learnerId, seed: SEED, steps: this.steps };
      this.report = await train(sets, learning, { signal, onProgress });
    } catch (error) {
      if (!signal.aborted) this.error = error as Error; // a cancel is not an error
    } finally {
      this.running = false;
      this.progress = null;
    }
  }

  cancel() {
    this.#controller.abort();
  }

  /** What was found of other sets says nothing of these. */
  forget() {
    this.cancel();
    this.report = null;
    this.error = null;
  }

  /** The figures as a file. */
  save() {
    if (!this.report) return;
    const text = JSON.stringify(this.report, null, 1);
    saveBlob(new Blob([text], { type: 'application/json' }), 'volume-segmentation.json');
  }
}
