import { appError } from '../../../errors';
import { labelVolumes } from '../../../image/volume/labelled-volume';
import type { ModelEntry } from '../../../models/manifest/manifest';
import type { GalleryEntry } from '../../gallery/gallery-entry';
import type { LabelPainting } from '../../paint/label-painting.svelte';
import { mm3Words } from './generated-volume';

/** What of the conditions a label map touches. */
interface LabelMapHost {
  readonly entry: ModelEntry;
  labels: Uint16Array<ArrayBuffer> | null;
  notice: string;
  removeSource(): void;
  attempt(work: () => Promise<void>): Promise<void>;
}

/** The label map that a volume is drawn to: from a file, from a volume of the gallery, or changed by hand. */
export class LabelMapState {
  /** Open: what is being painted on. */
  painting = $state.raw<LabelPainting | null>(null);

  #host: LabelMapHost;
  /** The volume that a label map came with. */
  #under: { labels: object; image: Uint8Array<ArrayBuffer> } | null = null;

  constructor(host: LabelMapHost) {
    this.#host = host;
  }

  /** What the numbers of a label map stand for; of a model of pictures none. */
  get names(): readonly string[] {
    return this.#host.entry.volume?.labels ?? [];
  }

  /** "anterior hippocampus 1,702 mm³, posterior hippocampus 1,498 mm³". */
  get words(): string {
    const { labels, entry } = this.#host;
    if (!labels || !entry.volume) return '';
    return mm3Words(labelVolumes({ ...entry.volume, labelMap: labels }));
  }

  /** A NIfTI file. */
  async takeFile(file: Blob) {
    await this.#host.attempt(async () => {
      const { readLabelMap } = await import('../../../image/nifti/read-label-map');
      const { labels, notes } = await readLabelMap(file, this.#host.entry.volume!);
      this.#take(labels, notes);
    });
  }

  /** The label map of a volume of the gallery, which lies under it when it is painted on. */
  async takeEntry({ volume }: GalleryEntry) {
    await this.#host.attempt(async () => {
      const { size } = this.#host.entry.volume!;
      if (!volume || volume.size.join() !== size.join()) {
        throw appError(
          'RequestInvalid',
          `The picture in view is no volume of this model (expected ${size.join(' × ')} voxels, got ` +
            `${volume?.size.join(' × ') ?? 'a picture'}). Choose another one in the gallery.`,
        );
      }
      const { readVoxels } = await import('../../../image/volume/volume-files');
      const [image, map] = await Promise.all([volume.image, volume.labels].map(readVoxels));
      const labels = Uint16Array.from(map);
      this.#take(labels, []);
      this.#under = { labels, image };
    });
  }

  /** Opens it to be changed by hand. */
  async paint() {
    await this.#host.attempt(async () => {
      const { LabelPainting } = await import('../../paint/label-painting.svelte');
      const { labels, entry } = this.#host;
      const image = this.#under?.labels === labels ? this.#under.image : null;
      if (labels) this.painting = new LabelPainting(entry.volume!, labels, image);
    });
  }

  leavePainting() {
    this.painting = null;
  }

  /** Takes what was painted; where a part is missing it says so, and stays open. */
  finishPainting() {
    const { painting } = this;
    if (!painting) return;
    try {
      const labels = painting.finish();
      const image = this.#under?.labels === this.#host.labels ? this.#under?.image : null;
      this.#take(labels, []);
      if (image) this.#under = { labels, image };
      this.painting = null;
    } catch (error) {
      painting.error = error as Error;
    }
  }

  #take(labels: Uint16Array<ArrayBuffer>, notes: string[]) {
    this.#host.removeSource(); // a volume brings its own parts along
    this.#host.labels = labels;
    this.#host.notice = notes.join(' ');
  }
}
