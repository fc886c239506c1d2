import type { DroppedFile, FromPackage, StoredModel } from '../../contract/download';
import type { GenerationProgress } from '../../contract/picture';
import { checkFit, readDevice, type Device, type FitReport } from '../../models/store/quota';
import type { JobOptions } from '../studio/state/model.svelte';
import { saveBlob } from '../../browser/save-file';
import { TabChannel } from '../../browser/tab-channel';
import { InTurn } from '../../common/in-turn';
import { texts } from './texts';

/** What ModelShelfState needs of the worker client. */
export interface ModelKeeper {
  models(): Promise<StoredModel[]>;
  install(modelId: string, options: JobOptions): Promise<void>;
  remove(modelId: string): Promise<void>;
  dropDamaged(modelId: string, options: JobOptions): Promise<string[]>;
  sideload(files: DroppedFile[], options: JobOptions): Promise<FromPackage[]>;
  exportToFolder(
    modelId: string,
    folder: FileSystemDirectoryHandle,
    options: JobOptions,
  ): Promise<void>;
  exportToZip(modelId: string, options: JobOptions): Promise<Blob>;
}

/** The model that the studio works with; its download is the studio's own. */
export interface StudioModel {
  readonly modelId: string;
  readonly progress: GenerationProgress | null;
  /** Stops loading; what came is kept. */
  stop(): Promise<void>;
  resume(): Promise<void>;
  /** Starts over with another model. */
  change(modelId: string): void;
}

/** What is being done, and to which model; null for a package whose models are not known yet. */
export interface ShelfJob {
  modelId: string | null;
  kind: 'download' | 'verify' | 'export' | 'sideload';
  progress: GenerationProgress | null;
}

/** What an act came to: one sentence, or an error. `modelId` is null where it is about a package. */
export interface ShelfOutcome {
  modelId: string | null;
  sentence: string;
  error: Error | null;
}

/** Bytes of this site's storage. `free` is what the browser says it would give, an upper bound. */
export interface StorageUse {
  weights: number;
  other: number;
  free: number | null;
}

/** Chromium's; elsewhere an export is a ZIP. */
type PickFolder = (options: { mode: 'readwrite' }) => Promise<FileSystemDirectoryHandle>;

/** The models that are stored and those that could be, and the one thing that is being done to one of them. */
export class ModelShelfState {
  models = $state.raw<StoredModel[]>([]);
  job = $state.raw<ShelfJob | null>(null);
  outcome = $state.raw<ShelfOutcome | null>(null);
  device = $state.raw<Device | null>(null);
  use = $state.raw<StorageUse | null>(null);
  /** Whether the browser has promised not to clear this site by itself; null where it cannot promise. */
  persisted = $state<boolean | null>(null);

  #keeper: ModelKeeper;
  #studio: StudioModel;
  #controller = new AbortController();
  #tabs: TabChannel<'changed'>;
  /** Reads of the list. */
  #turns = new InTurn();

  /** `channel`: by which tabs hear of each other's acts; null: this list is nobody else's. */
  constructor(keeper: ModelKeeper, studio: StudioModel, channel: string | null = null) {
    this.#keeper = keeper;
    this.#studio = studio;
    this.#tabs = new TabChannel(channel, () => {
      if (this.models.length > 0) void this.refresh(); // it has been in view
    });
  }

  /** Reads what is stored; called whenever the list comes into view, and after each act. */
  async refresh() {
    try {
      await this.#turns.run(async () => {
        this.models = await this.#keeper.models();
      });
    } catch (error) {
      this.outcome = { modelId: null, sentence: '', error: error as Error };
    }
    const storage = navigator.storage as StorageManager | undefined;
    const [device, estimate, persisted] = await Promise.all([
      readDevice(navigator.gpu),
      storage?.estimate?.().catch(() => undefined),
      storage?.persisted?.().catch(() => undefined),
    ]);
    this.device = device;
    this.persisted = persisted ?? null;
    const weights = this.models.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
    const other = Math.max(0, (estimate?.usage ?? 0) - weights);
    this.use = { weights, other, free: device.freeBytes };
  }

  /** What is being done to this model, by this list or by the studio. */
  jobOf({ modelId }: StoredModel): ShelfJob | null {
    if (this.job?.modelId === modelId) return this.job;
    const { progress } = this.#studio;
    const fetching = ['queued', 'download', 'verify'].includes(progress?.stage ?? '');
    return fetching && modelId === this.#studio.modelId
      ? { modelId, kind: 'download', progress }
      : null;
  }

  /** What stands in the way of a download, or is good to know before it. */
  fitOf(model: StoredModel): FitReport {
    if (!this.device) return { fits: true, misfits: [] };
    const demand = { ...model, bytes: model.bytes - model.storedBytes };
    const others = this.models.filter(({ modelId, state }) => {
      return state === 'installed' && modelId !== model.modelId;
    });
    return checkFit(demand, this.device, others);
  }

  /** Only on a click: browsers ask the user, or judge the page by it. */
  async askToPersist() {
    const storage = navigator.storage as StorageManager | undefined;
    this.persisted = (await storage?.persist?.().catch(() => undefined)) ?? this.persisted;
  }

  /** The model that the studio works with. */
  get inUse(): string {
    return this.#studio.modelId;
  }

  /** Works with this model from now on. */
  useModel({ modelId }: Pick<StoredModel, 'modelId'>) {
    this.#studio.change(modelId);
  }

  /** Starts a download, or goes on with one. */
  async download({ modelId, title }: StoredModel) {
    if (this.job) return;
    void this.askToPersist();
    if (modelId === this.#studio.modelId) {
      await this.#studio.resume();
      await this.refresh();
      return;
    }
    await this.#run(modelId, 'download', async (options) => {
      await this.#keeper.install(modelId, options);
      return texts.isInstalled(title);
    });
  }

  /** Stops a job. Of a download what came is kept; the other kinds leave nothing half done. */
  async pause(model: StoredModel | null) {
    if (model?.modelId === this.#studio.modelId && !this.job) await this.#studio.stop();
    this.#controller.abort();
    await this.refresh();
  }

  /** Stops a download and drops what came. */
  async cancel(model: StoredModel) {
    await this.pause(model);
    await this.remove(model);
  }

  async remove({ modelId, title }: StoredModel) {
    this.outcome = null;
    try {
      await this.#keeper.remove(modelId);
      this.outcome = { modelId, sentence: texts.deleted(title), error: null };
    } catch (error) {
      this.outcome = { modelId, sentence: '', error: error as Error };
    }
    this.#tabs.tell('changed');
    await this.refresh();
  }

  /** Reads every stored byte again; a damaged shard is fetched again, and nothing else. */
  async verify({ modelId, title, source }: StoredModel) {
    await this.#run(modelId, 'verify', async (options) => {
      const damaged = await this.#keeper.dropDamaged(modelId, options);
      if (damaged.length === 0) return texts.wholeEveryByte(title);
      if (source !== 'own') return texts.damagedAndDeleted(damaged.join(', '), wayBack(source));
      await this.#keeper.install(modelId, options);
      return texts.damagedAndFetchedAgain(damaged.join(', '), title);
    });
  }

  async sideload(files: DroppedFile[]) {
    void this.askToPersist();
    await this.#run(null, 'sideload', async (options) => {
      const models = await this.#keeper.sideload(files, options);
      return texts.installedFromPackage(models.map(describeFromPackage).join(', '));
    });
  }

  /** Into a folder that the user picks; as a ZIP where the browser gives no access to folders. */
  async export({ modelId, title }: StoredModel) {
    const pick = (window as { showDirectoryPicker?: PickFolder }).showDirectoryPicker;
    const folder = await pick?.({ mode: 'readwrite' }).catch(() => null);
    if (folder === null) return; // the user closed the picker
    await this.#run(modelId, 'export', async (options) => {
      if (folder) {
        await this.#keeper.exportToFolder(modelId, folder, options);
        return texts.copiedInto(title, folder.name);
      }
      saveBlob(await this.#keeper.exportToZip(modelId, options), `${modelId}.zip`);
      return texts.savedAsZip(title, modelId);
    });
  }

  async #run(
    modelId: string | null,
    kind: ShelfJob['kind'],
    work: (options: JobOptions) => Promise<string>,
  ) {
    if (this.job) return;
    this.outcome = null;
    this.job = { modelId, kind, progress: null };
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    let ended = false; // the worker's last report may come after its answer
    const onProgress = (progress: GenerationProgress) => {
      if (!ended && !signal.aborted) this.job = { modelId, kind, progress };
    };
    try {
      const sentence = await work({ signal, onProgress });
      this.outcome = { modelId, sentence, error: null };
    } catch (error) {
      // A pause is not an error.
      if (!signal.aborted) this.outcome = { modelId, sentence: '', error: error as Error };
    } finally {
      ended = true;
      this.job = null;
      this.#tabs.tell('changed');
      await this.refresh();
    }
  }
}

/** How to get back what this page cannot fetch. */
function wayBack(source: Exclude<StoredModel['source'], 'own'>): string {
  if (source === 'package') return texts.dropPackageHereAgain;
  return texts.fetchModelAgain(source.host);
}

/** "toy", "toy (version 2, before: 1)". */
function describeFromPackage({ modelId, version, replaced }: FromPackage): string {
  if (!replaced) return modelId;
  const before = replaced.version === version ? texts.otherWeightsOf : replaced.version;
  return texts.versionBefore(modelId, version, before);
}
