import type { DroppedFile } from '../../contract/download';
import type { BackendReport } from '../../contract/request';
import type { FinetuneRun, FinetuneStore, KeptSample } from '../../finetune/finetune-store';
import type { JudgedOutcome } from '../../bridge/finetune-client';
import type { Checkpoint, FinetuneReport, KeptPart, LossPoint } from '../../finetune/run';
import type { FinetuneStateParts } from './finetune.svelte';
import { aloneWithRun, runIsGone } from '../../browser/alone-in-tabs';
import { findFile } from './find-file';
import { endedEarly, endedRun, resultOf, type EndedRun } from './results/ended-run';
import { tunedOf, tunedOfCheckpoint, type Tuned } from './tuned-file';
import { stayingAwake } from '../../browser/stay-awake';

/** A sample with an address for an <img>. */
export interface ShownSample extends KeptSample {
  url: string;
}

/** A device that is lost is tried again so often before the user is asked. */
const MAX_LOSSES = 3;

/** One run: what it is doing, how far it is, and how it is stopped. */
export class FinetuneProgress {
  running = $state(false);
  pausing = $state(false);
  report = $state.raw<FinetuneReport | null>(null);
  /** Of the step before the samples that are being made. */
  trained = $state.raw<(FinetuneReport & { stage: 'train' }) | null>(null);
  history = $state.raw<LossPoint[]>([]);
  samples = $state.raw<ShownSample[]>([]);
  /** Once it has ended: what is shown of it, and where its images are. */
  ended = $state.raw<EndedRun | null>(null);
  skipped = $state.raw<{ name: string; message: string }[]>([]);
  backend = $state.raw<BackendReport | null>(null);
  error = $state.raw<Error | null>(null);
  /** Steps of the last checkpoint; null: there is none. */
  stepsKept = $state.raw<number | null>(null);
  numSteps = $state.raw<number | null>(null);
  readonly run: FinetuneRun;

  #store: FinetuneStore;
  #parts: FinetuneStateParts;
  #current: FinetuneRun;
  #controller = new AbortController();
  #pausing = new AbortController();
  #going: Promise<unknown> = Promise.resolve();

  constructor(run: FinetuneRun, parts: FinetuneStateParts) {
    this.run = run;
    this.#current = run;
    this.#parts = parts;
    this.#store = parts.store;
    this.numSteps = run.settings.numSteps;
  }

  /** What an earlier start has kept. */
  async load() {
    const { id } = this.run;
    const checkpoint = await this.#store.checkpoint(id);
    this.stepsKept = checkpoint?.step ?? null;
    this.history = checkpoint?.history ?? [];
    this.skipped = await this.#store.skipped(this.run);
    this.#forgetSamples();
    this.samples = (await this.#store.samples(id)).map(shown);
  }

  /** Trains to the end or to a pause; true: what was learnt is kept as a tuned model. */
  go(files: readonly DroppedFile[]): Promise<boolean> {
    const going = this.#go(files);
    this.#going = going;
    return going;
  }

  async #go(files: readonly DroppedFile[]): Promise<boolean> {
    this.running = true;
    this.error = null;
    this.#controller = new AbortController();
    this.#pausing = new AbortController();
    try {
      return await this.#alone(async () => {
        const outcome = await this.#train(files);
        if (outcome.ended === 'paused') return false;
        const tuned = await tunedOf(this.#current, outcome, this.#lastPicture());
        const ended = await endedRun(tuned.tuned.id, this.#current, outcome, this.samples, files);
        await this.#keepResult(tuned, outcome.checkpoint, ended);
        return true;
      });
    } catch (error) {
      if (!this.#controller.signal.aborted) this.error = error as Error;
      return false;
    } finally {
      this.running = false;
      this.pausing = false;
      this.report = null;
    }
  }

  /** Ends after the step in progress. */
  pause() {
    this.pausing = true;
    this.#pausing.abort();
  }

  /** Ends at once. */
  cancel() {
    this.#controller.abort();
    this.#forgetSamples();
  }

  /** As `cancel`; resolves once nothing of the run goes on. */
  async stop() {
    this.cancel();
    await this.#going;
  }

  /** Makes a tuned model of the last checkpoint; false where there is none. */
  finishEarly(): Promise<boolean> {
    return this.#alone(() => this.#keepCheckpoint());
  }

  /** Deletes the run and all that it has kept. Stop it before. */
  discard(): Promise<void> {
    return this.#alone(() => this.#store.removeRun(this.run.id));
  }

  /** As the only tab, on a run that is still there. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    return aloneWithRun(this.#parts.sessionOnly, async () => {
      const run = await this.#store.runNow(this.run.id);
      if (!run) throw runIsGone();
      this.#current = run; // another tab may have planned its steps
      return work();
    });
  }

  async #keepCheckpoint(): Promise<boolean> {
    const checkpoint = await this.#store.checkpoint(this.run.id);
    if (!checkpoint) return false;
    const tuned = await tunedOfCheckpoint(this.#current, checkpoint, this.#lastPicture());
    await this.#keepResult(tuned, checkpoint, endedEarly(tuned.tuned.id));
    return true;
  }

  async #train(files: readonly DroppedFile[]): Promise<JudgedOutcome> {
    const finetuner = await this.#parts.finetuner();
    for (let losses = 0; ; losses++) {
      const job = await this.#store.job(this.#current, this.#parts.choice());
      try {
        return await stayingAwake(() =>
          finetuner(job, {
            signal: this.#controller.signal,
            pause: this.#pausing.signal,
            onReport: (report) => this.#show(report),
            read: (index) => findFile(this.run.items[index].name, files),
            keep: (part) => this.#keep(part),
            names: this.run.items.map(({ name }) => name),
            samples: this.samples.map(({ url: _, ...sample }) => sample),
          }),
        );
      } catch (error) {
        // After sleep, say. The next worker gets a new device and goes on from the last checkpoint.
        if ((error as Error).name !== 'DeviceLost' || losses === MAX_LOSSES) throw error;
      }
    }
  }

  #show(report: FinetuneReport) {
    this.report = report;
    if (report.stage !== 'train') return;
    this.trained = report;
    this.numSteps = report.numSteps;
    const { step } = report.point;
    this.history = [...this.history.filter((point) => point.step < step), report.point];
  }

  async #keep(part: KeptPart) {
    if (part.kind === 'plan') this.#current = { ...this.#current, settings: part.settings };
    await this.#store.keep(this.#current, part);
    if (part.kind === 'checkpoint') this.stepsKept = part.checkpoint.step;
    if (part.kind === 'skipped') {
      const { name } = this.run.items[part.index];
      this.skipped = [...this.skipped, { name, message: part.message }];
    }
    if (part.kind === 'sample') {
      const others = this.samples.filter(
        ({ step, index }) => step !== part.step || index !== part.index,
      );
      this.samples = [...others, shown(part)];
    }
  }

  /** What is only looked at must not cost what was learnt: where it finds no room, the model is kept without it. */
  async #keepResult({ tuned, factors }: Tuned, checkpoint: Checkpoint, ended: EndedRun) {
    await this.#store.addTuned(tuned, factors);
    const samples = this.samples.map(({ url: _, ...sample }) => sample);
    const result = resultOf(this.#current, checkpoint, ended, samples, this.skipped.length);
    const notKept = await this.#store.putResult(tuned.id, result).then(
      () => null,
      (error: unknown) => error as Error,
    );
    this.ended = { ...ended, notKept };
    await this.#store.removeRun(this.run.id);
    this.#forgetSamples();
  }

  #lastPicture(): Blob | null {
    return this.samples.at(-1)?.png ?? null;
  }

  #forgetSamples() {
    for (const { url } of this.samples) URL.revokeObjectURL(url);
    this.samples = [];
  }
}

function shown(sample: KeptSample): ShownSample {
  return { ...sample, url: URL.createObjectURL(sample.png) };
}
