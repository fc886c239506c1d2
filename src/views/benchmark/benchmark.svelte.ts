import type { BenchmarkRequest, BenchmarkResult } from '../../contract/benchmark';
import type { GenerationProgress } from '../../contract/picture';
import type { BackendChoice } from '../../contract/request';
import type { ModelEntry, ModelManifest } from '../../models/manifest/manifest';
import type { JobOptions } from '../studio/state/model.svelte';
import { saveBlob } from '../../browser/save-file';

/** What BenchmarkState needs of the page. */
export interface BenchmarkSource {
  loadManifest(): Promise<ModelManifest>;
  install(modelId: string, options: JobOptions): Promise<void>;
  run(request: BenchmarkRequest, options: JobOptions): Promise<BenchmarkResult>;
}

/** What is shared: the result, and what the browser says of itself and of the machine. */
export interface BenchmarkReport extends BenchmarkResult {
  browser: string;
  cores: number;
  memoryGiB: number | null;
  date: string;
}

/** One measurement of one model on this device, and its report. */
export class BenchmarkState {
  models = $state.raw<ModelEntry[]>([]);
  modelId = $state('');
  choice = $state<BackendChoice>('auto');
  running = $state(false);
  progress = $state.raw<GenerationProgress | null>(null);
  report = $state.raw<BenchmarkReport | null>(null);
  error = $state.raw<Error | null>(null);

  #source: BenchmarkSource;

  constructor(source: BenchmarkSource) {
    this.#source = source;
  }

  async open() {
    try {
      const { models, defaultModel } = await this.#source.loadManifest();
      this.models = models;
      this.modelId = defaultModel;
    } catch (error) {
      this.error = error as Error;
    }
  }

  /** Installs the model where it is not, then makes images of its usual number of steps: one, and three to be measured. */
  async start() {
    const entry = this.models.find(({ id }) => id === this.modelId);
    if (this.running || !entry) return;
    this.running = true;
    this.error = null;
    this.report = null;
    try {
      const onProgress = (progress: GenerationProgress) => {
        if (this.running) this.progress = progress; // it may come after the end
      };
      const signal = new AbortController().signal; // leaving the page ends it
      await this.#source.install(entry.id, { signal, onProgress });
      const { numInferenceSteps } = entry.defaults;
      const request = { modelId: entry.id, choice: this.choice, numInferenceSteps, numImages: 3 };
      const result = await this.#source.run(request, { signal, onProgress });
      this.report = { ...result, ...describeMachine() };
    } catch (error) {
      this.error = error as Error;
    } finally {
      this.running = false;
      this.progress = null;
    }
  }

  /** The report as text, for people to share. */
  get json(): string {
    return JSON.stringify(this.report, null, 2);
  }

  save() {
    saveBlob(new Blob([this.json], { type: 'application/json' }), 'phantoscope-benchmark.json');
  }
}

function describeMachine() {
  const { deviceMemory } = navigator as { deviceMemory?: number };
  return {
    browser: navigator.userAgent,
    cores: navigator.hardwareConcurrency,
    memoryGiB: deviceMemory ?? null,
    date: new Date().toISOString().slice(0, 10),
  };
}
