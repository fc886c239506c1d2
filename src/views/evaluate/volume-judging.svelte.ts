import type { CopyCheck } from '../../dataset/dataset-item';
import { appError } from '../../errors';
import type { JudgedVolume, VolumeReport, VolumeSets } from '../../evaluation/judge-volumes';
import type { ModelEntry, VolumeFacts } from '../../models/manifest/manifest';
import type { GalleryEntry } from '../gallery/gallery-entry';
import type { GalleryState } from '../gallery/gallery.svelte';
import { VolumeTraining, type VolumeTrainer } from './volume-training.svelte';

/** Compares volumes in a worker of its own; see src/bridge/evaluation-client.ts. */
export type VolumeJudge = (
  sets: VolumeSets,
  options: { signal: AbortSignal; onProgress: (share: number) => void },
) => Promise<VolumeReport>;

/** With fewer real volumes 1 in 20 of them is none. */
export const LEAST_REAL = 20;
const LABELS = /_(label|labels|seg)(?=\.nii(\.gz)?$)/i;

/** What a volume and its label map have in common; either may be packed, and the other not. */
const stemOf = (name: string) => name.replace(LABELS, '').replace(/\.nii(\.gz)?$/i, '');

/** Volumes of the gallery against real ones of the user's; what is too near to one of those is marked. */
export class VolumeJudging {
  /** Real volumes, read; none is stored. */
  real = $state.raw<JudgedVolume[]>([]);
  report = $state.raw<VolumeReport | null>(null);
  /** 0…1 while it runs. */
  progress = $state<number | null>(null);
  error = $state.raw<Error | null>(null);

  readonly facts: VolumeFacts;
  /** Whether they help a segmenter; null: not offered. */
  readonly training: VolumeTraining | null;
  #entry: ModelEntry;
  #gallery: GalleryState;
  #judge: () => Promise<VolumeJudge>;
  #controller = new AbortController();
  /** Counts choices of files, so that only the last one counts. */
  #turn = 0;

  constructor(
    entry: ModelEntry,
    gallery: GalleryState,
    judge: () => Promise<VolumeJudge>,
    trainer?: () => Promise<VolumeTrainer>,
  ) {
    this.#entry = entry;
    this.facts = entry.volume!;
    this.#gallery = gallery;
    this.#judge = judge;
    this.training = trainer ? new VolumeTraining(trainer, () => this.#sets(this.chosen)) : null;
  }

  /** What is judged: the model's volumes in the gallery. */
  get chosen(): GalleryEntry[] {
    const size = this.facts.size.join(' ');
    return this.#gallery.entries.filter(({ volume, request, discarded }) => {
      return !discarded && request.modelId === this.#entry.id && volume?.size.join(' ') === size;
    });
  }

  get running(): boolean {
    return this.progress !== null || (this.training?.running ?? false);
  }

  /** Reads NIfTI files; NAME_label.nii.gz is the label map of NAME.nii.gz. One that cannot be read ends it, named. */
  async takeFiles(files: readonly File[]) {
    const turn = ++this.#turn;
    this.error = null;
    try {
      const { readVolume } = await import('../../image/volume/read-volume');
      const { readLabelMap } = await import('../../image/nifti/read-label-map');
      const mapOf = ({ name }: File) =>
        files.find((file) => LABELS.test(file.name) && stemOf(file.name) === stemOf(name));
      const real: JudgedVolume[] = [];
      for (const file of files.filter(({ name }) => !LABELS.test(name))) {
        const map = mapOf(file);
        const named = (error: Error): never => {
          throw appError('ImageUnreadable', `${file.name}: ${error.message}`, error);
        };
        const read = map ? await readLabelMap(map, this.facts).catch(named) : null;
        const { voxels } = await readVolume(file, this.facts, 0, read?.laid).catch(named);
        real.push({ voxels, labels: read?.labels ?? null });
      }
      if (turn !== this.#turn) return;
      this.#controller.abort(); // what runs is about other volumes
      this.real = real;
      this.report = null;
      this.training?.forget();
    } catch (error) {
      if (turn === this.#turn) this.error = error as Error;
    }
  }

  /** Compares, and marks what is suspected in the gallery, whose export asks about it. */
  async start() {
    if (this.running || this.real.length < LEAST_REAL || this.chosen.length === 0) return;
    const entries = this.chosen;
    this.error = null;
    this.progress = 0;
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    try {
      const judge = await this.#judge();
      const report = await judge(await this.#sets(entries), {
        signal,
        onProgress: (share) => (this.progress = share),
      });
      signal.throwIfAborted();
      this.report = report;
      const ids = entries.map(({ id }) => id);
      await this.#gallery.noteCopies(ids, copyCheck(report, ids));
    } catch (error) {
      if (!signal.aborted) this.error = error as Error;
    } finally {
      this.progress = null;
    }
  }

  cancel() {
    this.#controller.abort();
    this.training?.cancel();
  }

  async #sets(entries: readonly GalleryEntry[]): Promise<VolumeSets> {
    const synthetic = await Promise.all(entries.map((entry) => this.#read(entry)));
    const { size, spacingMm } = this.facts;
    const voxelMm3 = spacingMm.reduce((product, mm) => product * mm, 1);
    return { synthetic, real: $state.snapshot(this.real), size, voxelMm3 };
  }

  /** The voxels of a volume of the gallery, and what was asked for. */
  async #read({ volume, request }: GalleryEntry): Promise<JudgedVolume> {
    const { readVoxels } = await import('../../image/volume/volume-files');
    const [voxels, labels] = await Promise.all([volume!.image, volume!.labels].map(readVoxels));
    const [first, second] = this.#entry.conditions.covariates;
    const asked = (name?: string) =>
      name === undefined ? null : (request.covariates[name] ?? null);
    return { voxels, labels, asked: [asked(first?.name), asked(second?.name)] };
  }
}

/** What the gallery notes of it. */
export function copyCheck(
  { copies, realShare, numReal }: VolumeReport,
  ids: readonly string[],
): CopyCheck {
  return {
    copies: copies.count,
    checked: ids.length,
    limit: realShare,
    suspects: copies.suspects.map((i) => ids[i]),
    method:
      `Compared with ${numReal} real volumes by the correlation of blocks of 2 voxels, mirrored and shifted; at most ` +
      `${copies.limit.toFixed(2)} is usual between real ones.`,
  };
}
