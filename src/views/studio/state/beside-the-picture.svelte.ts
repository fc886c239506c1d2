import type { GeneratedImage } from '../../../contract/picture';
import type { Records } from '../../../common/records';
import type { GenerationRequest } from '../../../contract/request';
import type { SweepMark } from '../../../gallery/gallery-store';
import type { TunedModel } from '../../../finetune/finetune-store';
import type { PromptRecord } from '../../../gallery/prompt-store';
import type { ModelEntry } from '../../../models/manifest/manifest';
import type { CompareState } from '../compare/compare.svelte';
import type { VolumePair } from '../compare/volume-pair.svelte';
import type { DrawerList } from '../compare/drawer-list.svelte';
import type { ConditionsState } from './conditions.svelte';
import type { FormState } from '../../../controls/form.svelte';
import type { GalleryEntry } from '../../gallery/gallery-entry';
import type { GalleryState } from '../../gallery/gallery.svelte';
import type { GenerationState } from './generation.svelte';
import type { FindMade } from '../../../pictures/made-here';
import type { PromptBook } from '../prompts/prompt-book.svelte';
import type { SweepState } from './sweep.svelte';

/** What of the studio the workbench works with. */
export interface WorkbenchHost {
  readonly entry: ModelEntry;
  readonly form: FormState;
  readonly gallery: GalleryState;
  /** Whether an image was made here, by the hash of its pixels. */
  readonly findMade: FindMade;
  readonly generation: GenerationState;
  /** The model and its relatives, stored or not. */
  readonly relatives: readonly ModelEntry[];
  /** Adds what was chosen of the tuned models. */
  readonly finetuning: {
    readonly tuned: { readonly offered: readonly TunedModel[] } | null;
    addTo(request: GenerationRequest): GenerationRequest;
    fill(request: GenerationRequest): Promise<GenerationRequest>;
    restore(request: GenerationRequest): Promise<void>;
  };
}

/** What it takes of the page beside that. */
export interface WorkbenchParts {
  /** Absent: prompts last as long as the page. */
  promptRecords?: Records<PromptRecord>;
  /** Models that are stored whole; absent: no more than the studio's relatives are known. */
  storedModels?: () => Promise<readonly ModelEntry[]>;
}

/** What the middle of the studio shows. */
export type Stage = 'picture' | 'before-after' | 'sweep' | 'compare' | 'volumes';

/** Source image, masks, sweeps and comparisons: loaded when they are first opened. */
export class WorkbenchState {
  conditions = $state.raw<ConditionsState | null>(null);
  sweep = $state.raw<SweepState | null>(null);
  compare = $state.raw<CompareState | null>(null);
  /** Two volumes side by side. */
  volumes = $state.raw<VolumePair | null>(null);
  /** Open: prompts that were used, and presets. */
  prompts = $state.raw<PromptBook | null>(null);
  error = $state.raw<Error | null>(null);
  stage = $state<Stage>('picture');

  #host: WorkbenchHost;
  #promptRecords: Records<PromptRecord> | undefined;
  #storedModels: NonNullable<WorkbenchParts['storedModels']>;
  #drawers: DrawerList | null = null;
  /** Settles once the last prompt is remembered. */
  #remembered: Promise<unknown> | null = null;

  constructor(host: WorkbenchHost, { promptRecords, storedModels }: WorkbenchParts = {}) {
    this.#host = host;
    this.#promptRecords = promptRecords;
    this.#storedModels = storedModels ?? (() => Promise.resolve([]));
  }

  /** Loads the part of the app that takes images and masks; null where it cannot be fetched. */
  openConditions(): Promise<ConditionsState | null> {
    return this.#attempt(async () => {
      const { ConditionsState } = await import('./conditions.svelte');
      return (this.conditions ??= new ConditionsState(this.#host.entry, (hash) =>
        this.#host.findMade(hash),
      ));
    });
  }

  openSweep(): Promise<SweepState | null> {
    return this.#attempt(async () => {
      const { SweepState } = await import('./sweep.svelte');
      const list = await this.#listDrawers();
      return (this.sweep ??= new SweepState(this, this.#host, list));
    });
  }

  /** Shows the picture in view beside what another model draws to its prompt and seed. */
  openCompare() {
    return this.#attempt(async () => {
      const { CompareState } = await import('../compare/compare.svelte');
      const list = await this.#listDrawers();
      this.compare ??= new CompareState(this.#host, list);
      this.stage = 'compare';
    });
  }

  /** Shows the volume in view beside another one. */
  openVolumes() {
    return this.#attempt(async () => {
      const { VolumePair } = await import('../compare/volume-pair.svelte');
      this.volumes ??= new VolumePair(this.#host.gallery);
      this.stage = 'volumes';
    });
  }

  /** Opens prompts that were used, and presets. */
  openPrompts() {
    return this.#attempt(async () => {
      const [{ PromptBook }, { promptStore }] = await Promise.all([
        import('../prompts/prompt-book.svelte'),
        import('../prompts/kept-prompts'),
      ]);
      await this.#remembered;
      const book = new PromptBook(promptStore(this.#promptRecords), this.#host);
      await book.load();
      this.prompts = book;
    });
  }

  /** The request with source image and masks, where there are any. */
  addTo(request: GenerationRequest): GenerationRequest {
    return this.conditions?.addTo(request) ?? request;
  }

  /** Takes a picture of the gallery as the image to start from. */
  async startFrom(entry: GalleryEntry) {
    await (await this.openConditions())?.takeEntry(entry);
  }

  /** Takes a file as the image to start from. */
  async takeFile(file: Blob) {
    await (await this.openConditions())?.takeFile(file);
  }

  /** Takes over what a picture was made from, as far as it is still there. */
  async restore(entry: GalleryEntry) {
    const { init, mask } = entry.request;
    if (!init && !mask) this.conditions?.clear();
    else await (await this.openConditions())?.restore(entry, this.#host.gallery.entries);
  }

  /** The picture that this one started from, where it is still there; an address for an <img>. */
  beforeOf({ request: { init } }: GalleryEntry): string | null {
    if (!init) return null;
    const source = this.#host.gallery.entries.find(({ id }) => id === init.sourceId);
    return source?.url ?? this.conditions?.urlOf(init.sha256) ?? null;
  }

  /** The grid that this image belongs to, to be kept with it. */
  sweepOf(image: GeneratedImage): SweepMark | null {
    return this.sweep?.markOf(image) ?? null;
  }

  /** Shows the grid that a picture of the gallery is a part of, also after a reload. */
  async showSweep(entry: GalleryEntry) {
    const sweep = await this.openSweep();
    if (sweep?.restore(entry)) this.stage = 'sweep';
  }

  /** An image was made and is in the gallery under this id. */
  arrived(image: GeneratedImage, id: string) {
    if (this.sweepOf(image)) this.sweep?.arrived(image, id);
    else if (!this.compare?.drawing) this.#remembered = this.#attempt(() => this.#remember(image));
  }

  /** A prompt of a grid is not typed, nor is that of a comparison: neither is remembered. */
  async #remember({ request }: GeneratedImage) {
    const { remember } = await import('../prompts/kept-prompts');
    await remember(this.#promptRecords, request);
  }

  /** Forgets everything: source images may be of patients. */
  clear() {
    this.stage = 'picture';
    this.conditions?.close();
    this.conditions = null;
    this.sweep = null;
    this.compare = null;
    this.volumes = null;
    this.prompts = null;
  }

  /** All that can draw here, with the models that are stored by now. */
  async #listDrawers(): Promise<DrawerList> {
    const { DrawerList } = await import('../compare/drawer-list.svelte');
    this.#drawers ??= new DrawerList(this.#host);
    this.#drawers.update(await this.#storedModels());
    return this.#drawers;
  }

  async #attempt<T>(open: () => Promise<T>): Promise<T | null> {
    try {
      this.error = null;
      return await open();
    } catch (error) {
      this.error = error as Error;
      return null;
    }
  }
}
