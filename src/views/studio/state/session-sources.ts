import { SvelteMap } from 'svelte/reactivity';
import { toRgba, type SourceImage } from '../../../pictures/source-image';

/** What of a source is known before it is read. */
export type KnownSource = Pick<SourceImage, 'sourceId' | 'from' | 'dicom'>;

/** Sources of this session by hash, for "before and after"; none of them is stored. */
export class SessionSources {
  #urls = new SvelteMap<string, string>();
  #known = new SvelteMap<string, KnownSource>();

  /** Keeps the picture of a source, and what is known of it; `size` is the picture's. */
  async remember(
    sha256: string,
    { rgb, from, dicom, sourceId }: SourceImage,
    size: { width: number; height: number },
  ) {
    this.#known.set(sha256, {
      ...(from && { from }),
      ...(dicom && { dicom }),
      ...(sourceId && { sourceId }),
    });
    if (this.#urls.has(sha256)) return;
    const { encodePng } = await import('../../../image/png');
    const png = encodePng({ ...size, rgba: toRgba(rgb) }, {});
    this.#urls.set(sha256, URL.createObjectURL(png));
  }

  /** The address of its picture. */
  urlOf(sha256: string | undefined): string | null {
    return (sha256 && this.#urls.get(sha256)) || null;
  }

  knownOf(sha256: string): KnownSource | undefined {
    return this.#known.get(sha256);
  }

  close() {
    for (const url of this.#urls.values()) URL.revokeObjectURL(url);
    this.#urls.clear();
    this.#known.clear();
  }
}
