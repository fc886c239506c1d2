import type { GenerationRequest } from '../../../contract/request';
import { readLabels } from '../../../pictures/mask-layout';
import type { GalleryEntry } from '../../gallery/gallery-entry';
import type { WorkbenchHost } from '../state/beside-the-picture.svelte';
import type { DrawerList } from './drawer-list.svelte';
import { askDrawer, drawerKey, fingerprint, leftOut, type Drawer } from './drawers';

/** The picture in view beside the one that another model draws to the same prompt and seed. */
export class CompareState {
  /** The second picture is being drawn. */
  drawing = $state(false);

  #host: WorkbenchHost;
  #list: DrawerList;
  #chosenKey = $state('');
  /** Why the second picture could not be drawn, and which one. */
  #failed = $state.raw<{ error: Error; asked: string } | null>(null);

  constructor(host: WorkbenchHost, list: DrawerList) {
    this.#host = host;
    this.#list = list;
  }

  /** All that draws here. */
  get drawers(): Drawer[] {
    return this.#list.all;
  }

  get first(): GalleryEntry | null {
    return this.#host.gallery.selected;
  }

  /** What drew a picture, in words. */
  titleOf({ request }: GalleryEntry): string {
    const drawer = this.drawers.find(({ key }) => key === drawerKey(request));
    return drawer?.title ?? request.modelId;
  }

  /** What can be chosen: all but what drew the first picture. */
  get offered(): Drawer[] {
    const { first } = this;
    return this.drawers.filter(({ key }) => !first || key !== drawerKey(first.request));
  }

  get chosen(): Drawer | null {
    const { offered } = this;
    return offered.find(({ key }) => key === this.#chosenKey) ?? offered[0] ?? null;
  }

  choose(key: string) {
    this.#chosenKey = key;
  }

  /** A picture that started from an image cannot be asked of another model: only a hash of that is kept. */
  get startsFromImage(): boolean {
    return this.first?.request.init !== undefined;
  }

  /** What the other model is asked for. */
  get #asked(): GenerationRequest | null {
    const { first, chosen, drawers } = this;
    const known = drawers.map(({ entry }) => entry);
    return first && chosen && askDrawer(first.request, chosen, known);
  }

  /** The other model's picture of this prompt and seed, also one that was drawn long ago. */
  get second(): GalleryEntry | null {
    const asked = this.#asked;
    if (!asked || this.startsFromImage) return null;
    const print = fingerprint(asked);
    return this.#host.gallery.entries.find(({ request }) => fingerprint(request) === print) ?? null;
  }

  /** Covariates of the first picture that the other model does not have, by title. */
  get left(): string[] {
    const { first, drawers } = this;
    const asked = this.#asked;
    if (!first || !asked) return [];
    const covariates = drawers.flatMap(({ entry }) => entry.conditions.covariates);
    return leftOut(first.request, asked).map(
      (name) => covariates.find((one) => one.name === name)?.title ?? name,
    );
  }

  get error(): Error | null {
    const asked = this.#asked;
    return asked && this.#failed?.asked === fingerprint(asked) ? this.#failed.error : null;
  }

  /** Draws the second picture; it goes to the gallery, and the first stays in view. */
  async draw() {
    const { generation } = this.#host;
    const { first, chosen } = this;
    const asked = this.#asked;
    if (!asked || !first || !chosen || this.startsFromImage || generation.running) return;
    this.#failed = null;
    this.drawing = true;
    try {
      const request = await this.#host.finetuning.fill(asked);
      if (request.mask && first.maskPng) {
        const labels = await readLabels(first.maskPng, 'instances', chosen.entry);
        request.mask = { ...request.mask, labels };
      }
      const failure = await generation.startSeries([request]);
      if (failure) throw failure.error;
      this.#list.noteHere([chosen.entry]);
    } catch (error) {
      // It is told beside the pictures: the studio's own model has not failed.
      this.#failed = { error: error as Error, asked: fingerprint(asked) };
      if (generation.error === error) generation.error = null;
    } finally {
      this.drawing = false;
    }
  }
}
