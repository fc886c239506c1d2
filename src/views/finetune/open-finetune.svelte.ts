import type { BackendChoice, GenerationRequest } from '../../contract/request';
import { loraTags } from '../../common/lora-tag';
import { createMemoryRecords } from '../../common/records';
import type { FinetuneRecords } from '../../finetune/finetune-store';
import type { JudgedOutcome } from '../../bridge/finetune-client';
import type { RunSample } from '../../evaluation/copies/compare-samples';
import type { FinetuneJob, FinetuneReport, KeptPart } from '../../finetune/run';
import type { ModelEntry } from '../../models/manifest/manifest';
import type { FinetuneState } from './finetune.svelte';
import type { TunedState } from './tuned.svelte';

/** How a run is stopped, how it reports, and where its images come from. */
export interface FinetuneHooks {
  signal: AbortSignal;
  pause: AbortSignal;
  onReport: (report: FinetuneReport) => void;
  read: (index: number) => Promise<Blob>;
  keep: (part: KeptPart) => Promise<void>;
  names: readonly string[];
  samples: readonly RunSample[];
}

/** Trains in a worker of its own; see src/bridge/finetune-client.ts. */
export type Finetuner = (job: FinetuneJob, hooks: FinetuneHooks) => Promise<JudgedOutcome>;

/** What the page gives fine-tuning; absent: it is not offered. */
export interface FinetuneParts {
  /** Loads the client, which the first run needs. */
  finetuner: () => Promise<Finetuner>;
  /** Where runs and tuned models are kept; absent: they last as long as the page. */
  records?: FinetuneRecords;
  /** All models of the manifest: what is trained need not be what the studio shows. */
  models: readonly ModelEntry[];
}

/** What the rest of the studio is to it. */
interface Host {
  readonly entry: ModelEntry;
  readonly settings: { readonly backend: BackendChoice };
}

/** Fine-tuning and its results, loaded when they are first needed. */
export class FinetuneSlot {
  current = $state.raw<FinetuneState | null>(null);
  /** What was trained, to be chosen in the form. */
  tuned = $state.raw<TunedState | null>(null);
  error = $state.raw<Error | null>(null);

  #parts: FinetuneParts | null;
  #host: Host;
  #opening: Promise<void> | null = null;

  constructor(parts: FinetuneParts | undefined, host: Host) {
    this.#parts = parts ?? null;
    this.#host = host;
  }

  get running(): boolean {
    return this.current?.running ?? false;
  }

  /** What of it decides the picture, as text. */
  get version(): string {
    return this.tuned?.version ?? '';
  }

  /** At the first look. */
  open(): Promise<void> {
    this.#opening ??= this.#open()
      .catch((error: unknown) => void (this.error = error as Error)) // the next look tries again
      .finally(() => (this.#opening = null));
    return this.#opening;
  }

  /** Loads the choice of tuned models where there are any. */
  async wake() {
    const ids = await this.#parts?.records?.ids('tuned/').catch(() => []);
    if (ids?.length) await this.open();
  }

  /** The request with what was chosen of the tuned models. */
  addTo(request: GenerationRequest): GenerationRequest {
    return this.tuned?.addTo(request) ?? request;
  }

  /** A request with the factors that its hashes stand for, and those that its prompt names. */
  async fill<Asked extends Pick<GenerationRequest, 'lora' | 'moreLoras'> & { prompt?: string }>(
    request: Asked,
  ): Promise<Asked> {
    const { lora, moreLoras = [], prompt = '' } = request;
    const missing = [...(lora ? [lora] : []), ...moreLoras].some(({ factors }) => !factors);
    if (!missing && loraTags(prompt).length === 0) return request;
    await this.open();
    if (this.tuned) return this.tuned.fill(request);
    throw this.error ?? new Error('No fine-tuning here.');
  }

  /** Puts what a picture's prompt named back into the form. */
  async typeAgain(request: GenerationRequest, form: { prompt: string }) {
    const { typedPrompt } = await import('../../finetune/prompt-loras');
    form.prompt = typedPrompt(request);
  }

  /** Takes over what a picture was made with, as far as it is still there. */
  async restore({ lora }: GenerationRequest) {
    if (lora) await this.open();
    await this.tuned?.restore(lora);
  }

  /** Ends a run and forgets images and factors, for a page that is locked or erased. */
  close() {
    this.current?.close();
    this.current = null;
    this.tuned = null;
  }

  async #open() {
    if (this.current || !this.#parts) return;
    this.error = null;
    const [{ FinetuneState }, { TunedState }, store] = await Promise.all([
      import('./finetune.svelte'),
      import('./tuned.svelte'),
      import('../../finetune/finetune-store'),
    ]);
    const { records, models, finetuner } = this.#parts;
    const kept = new store.FinetuneStore(records ?? createMemoryRecords());
    const { entry, settings } = this.#host;
    const tuned = new TunedState(kept, entry, models, records ? 'tuned changes' : null);
    const state = new FinetuneState({
      store: kept,
      tuned,
      models,
      finetuner,
      sessionOnly: !records,
      preferred: entry.id,
      choice: () => settings.backend,
    });
    await Promise.all([tuned.load(), state.load()]);
    this.tuned = tuned;
    this.current = state;
  }
}
