import type { GalleryEntry } from '../../gallery/gallery-entry';
import type { GalleryState } from '../../gallery/gallery.svelte';
import { VolumeLooks } from '../../../controls/viewer/volume-looks.svelte';

/** Of 8 bits. */
const WHITE = 255;

/** The volume in view beside another one of the gallery, both with one window, at one place. */
export class VolumePair {
  /** Grey values from black to white, of both. */
  black = $state(0);
  white = $state(WHITE);
  readonly looks = new VolumeLooks();

  #gallery: Pick<GalleryState, 'selected' | 'entries'>;
  #chosenId = $state('');

  constructor(gallery: Pick<GalleryState, 'selected' | 'entries'>) {
    this.#gallery = gallery;
  }

  get first(): GalleryEntry | null {
    const { selected } = this.#gallery;
    return selected?.volume ? selected : null;
  }

  /** What can be chosen: all other volumes. */
  get offered(): GalleryEntry[] {
    const { first } = this;
    return this.#gallery.entries.filter(
      ({ id, volume, discarded }) => volume && !discarded && id !== first?.id,
    );
  }

  get second(): GalleryEntry | null {
    const { offered } = this;
    return offered.find(({ id }) => id === this.#chosenId) ?? offered[0] ?? null;
  }

  choose(id: string) {
    this.#chosenId = id;
  }

  /** As viewers take it; white lies above black. */
  get window() {
    const white = Math.max(this.white, this.black + 1);
    return { centre: (this.black + white) / 2, width: white - this.black };
  }
}
