import { MediaQuery } from 'svelte/reactivity';
import type { BackendChoice, GeneratedImage, GenerationRequest } from '../../workers/api';
import type { GalleryStore } from '../gallery/gallery-store';
import { appError } from '../errors';
import { describeCovariates } from '../models/describe-covariates';
import type { ModelEntry } from '../models/manifest';
import type { ErrorAction } from './error-actions';
import { FootprintState } from './footprint.svelte';
import { FormState } from './form.svelte';
import { GalleryState, type GalleryEntry } from './gallery.svelte';
import { GenerationState, type Generator } from './generation.svelte';
import { ModelState, type ModelLoader } from './model.svelte';
import type { SettingsState } from './settings.svelte';

/** What the studio is made of. */
export interface StudioParts {
  entry: ModelEntry;
  client: Generator & ModelLoader;
  store: GalleryStore;
  /** The store forgets everything when the page closes. */
  sessionOnly: boolean;
  settings: SettingsState;
  /** A picture to look at before the first one is made. */
  sampleUrl?: string | null;
}

/** The view in which a prompt becomes a picture. */
export class StudioState {
  readonly entry: ModelEntry;
  readonly settings: SettingsState;
  readonly sampleUrl: string | null;
  readonly form: FormState;
  readonly model: ModelState;
  readonly generation: GenerationState;
  readonly gallery: GalleryState;
  readonly footprint = new FootprintState();

  /** Between these widths the side panes are sheets over the picture. */
  readonly sheets = new MediaQuery('(480px <= width < 900px)');
  /** The sheet that is open. */
  sheet = $state<'form' | 'gallery' | null>(null);
  dialog = $state<'keyboard' | 'storage' | 'diagnostics' | null>(null);
  /** The light box shows the picture in the making, until another one is picked. */
  following = $state(true);
  /** The sample is there to be seen. */
  hasSample = $state(false);

  #submitted = $state('');
  /** Why the form, as it stands, was refused; gone as soon as it changes. */
  formError = $derived.by(() => {
    const { error } = this.generation;
    const refused = error?.name === 'RequestInvalid' && this.form.fingerprint === this.#submitted;
    return refused ? error : null;
  });

  /** A picture of the prompt as it stands: what the model made of its words is known. */
  #madeOfPrompt = $derived.by(() => {
    const prompt = this.form.prompt.trim();
    const made = [this.generation.image, this.gallery.selected];
    return made.find((image) => image?.request.prompt === prompt);
  });
  /** Words of the prompt, as it stands, that the model was found not to know. */
  unknownWords = $derived(this.#madeOfPrompt?.unknownWords ?? []);
  /** Words of the prompt, as it stands, that were beyond its longest prompt. */
  ignoredWords = $derived(this.#madeOfPrompt?.ignoredWords ?? []);

  constructor(parts: StudioParts) {
    const { entry, client, store, sessionOnly, settings } = parts;
    this.entry = entry;
    this.settings = settings;
    this.sampleUrl = parts.sampleUrl ?? null;
    this.form = new FormState(entry);
    this.model = new ModelState(client, entry.id);
    this.gallery = new GalleryState(store, { sessionOnly });
    this.generation = new GenerationState(client, {
      ready: () => this.model.ready(settings.backend),
      choice: () => settings.backend,
      keep: (image) => this.#keep(image),
    });
  }

  /** Reads the gallery at once, and fetches the weights as soon as the shell is stored. */
  async open(shellStored: Promise<void> = Promise.resolve()) {
    await Promise.all([this.gallery.load(), shellStored]);
    // Somebody who pressed Generate in the meantime has started the load.
    if (this.model.phase === 'idle') await this.#load();
  }

  /** Starts what the form asks for; while the weights still load, it waits for them. */
  async submit() {
    if (this.generation.running) return;
    this.sheet = null;
    this.following = true;
    this.gallery.undoOffered = false;
    const { problem } = this.form;
    if (problem === null) {
      const request = this.form.nextRequest();
      this.#submitted = this.form.fingerprint;
      await this.generation.start(request, this.form.count);
    } else {
      this.#submitted = this.form.fingerprint;
      this.generation.error = appError('RequestInvalid', problem);
    }
    if (this.formError) this.sheet = 'form';
  }

  /** How long one press will take, judging by the newest picture; null before there is one. */
  get msExpected(): number | null {
    const timing = this.gallery.entries[0]?.timing;
    if (!timing) return null;
    const { count, numInferenceSteps } = this.form;
    return count * (timing.msEncode + timing.msPerStep * numInferenceSteps + timing.msDecode);
  }

  /** What was asked for besides the prompt: "age 50 years · female · PA"; empty where nothing was. */
  covariateWords({ covariates }: GenerationRequest): string {
    return describeCovariates(covariates, this.entry.conditions.covariates).join(' · ');
  }

  look(entry: GalleryEntry) {
    this.gallery.selectedId = entry.id;
    this.following = false;
    this.sheet = null;
  }

  walk(by: number) {
    this.gallery.walk(by);
    this.following = false;
  }

  useSettings(entry: GalleryEntry) {
    this.form.useSettings(entry.request);
    this.#submitted = '';
    this.sheet = 'form';
  }

  async chooseBackend(backend: BackendChoice) {
    this.settings.change({ backend });
    await this.#load();
  }

  /** A button under an error of the model or of a generation. */
  async resolve(action: ErrorAction) {
    if (action === 'free-space') {
      this.dialog = 'storage';
      return;
    }
    const pending = this.generation.error !== null || this.generation.blocked;
    this.generation.error = null;
    if (action === 'use-wasm') this.settings.change({ backend: 'wasm' });
    if (action !== 'retry' || this.model.phase === 'failed') {
      await this.#load({ reinstall: action === 'reinstall' });
    }
    if (pending) await this.generation.retry();
  }

  async #load(options?: { reinstall: boolean }) {
    await this.model.load(this.settings.backend, options);
    await this.footprint.measureStorage();
  }

  async #keep(image: GeneratedImage) {
    // The worker may have changed its mind in mid-run: a lost device, a failed self-test.
    this.model.report = image.backend;
    await this.gallery.keep(image, { select: this.following });
    await this.footprint.measureStorage();
  }
}
