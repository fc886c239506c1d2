import type { GenerationProgress } from '../../contract/picture';
import type { ModelEntry, ModelManifest } from '../../models/manifest/manifest';
import { modelFiles } from '../../models/manifest/model-files';
import type { JobOptions } from '../studio/state/model.svelte';

/** What RemoteModelsState needs of the worker client. */
export interface Installer {
  install(modelId: string, options: JobOptions): Promise<void>;
  isInstalled(modelId: string): Promise<boolean>;
  dispose(): void;
}

/** Where manifests and models come from. */
export interface RemoteSource {
  loadManifest(url: string): Promise<ModelManifest>;
  /** The host that the model's files come from. */
  hostOf(entry: ModelEntry, manifestUrl: string): string;
  /** Installs the models of the manifest at this URL. */
  installerFor(manifestUrl: string): Installer;
}

/** A model that can be fetched. */
export interface RemoteModel {
  entry: ModelEntry;
  host: string;
  bytes: number;
  installed: boolean;
}

/** The models of one manifest, the app's own or one that somebody names, and the one being fetched. */
export class RemoteModelsState {
  models = $state.raw<RemoteModel[]>([]);
  /** The id of the model that is being fetched. */
  fetching = $state<string | null>(null);
  progress = $state.raw<GenerationProgress | null>(null);
  error = $state.raw<Error | null>(null);
  opening = $state(false);

  #source: RemoteSource;
  #installer: Installer | null = null;
  #controller = new AbortController();

  constructor(source: RemoteSource) {
    this.#source = source;
  }

  /** Lists what the manifest at this URL has. */
  async open(manifestUrl: string) {
    if (this.fetching !== null) return;
    this.opening = true;
    this.error = null;
    try {
      const { models } = await this.#source.loadManifest(manifestUrl);
      this.#installer?.dispose();
      const installer = (this.#installer = this.#source.installerFor(manifestUrl));
      this.models = await Promise.all(
        models.map(async (entry) => ({
          entry,
          host: this.#source.hostOf(entry, manifestUrl),
          bytes: modelFiles(entry).reduce((sum, { bytes }) => sum + bytes, 0),
          installed: await installer.isInstalled(entry.id),
        })),
      );
    } catch (error) {
      this.error = error as Error;
    } finally {
      this.opening = false;
    }
  }

  async install({ entry }: RemoteModel) {
    if (this.fetching !== null || !this.#installer) return;
    this.fetching = entry.id;
    this.error = null;
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    try {
      const onProgress = (progress: GenerationProgress) => {
        if (this.fetching !== null) this.progress = progress; // it may come after the end
      };
      await this.#installer.install(entry.id, { signal, onProgress });
      const installed = await this.#installer.isInstalled(entry.id);
      this.models = this.models.map((model) =>
        model.entry.id === entry.id ? { ...model, installed } : model,
      );
    } catch (error) {
      if (!signal.aborted) this.error = error as Error; // a cancel is not an error
    } finally {
      this.fetching = null;
      this.progress = null;
    }
  }

  cancel() {
    this.#controller.abort();
  }
}
