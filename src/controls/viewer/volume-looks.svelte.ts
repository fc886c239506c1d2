import { LABEL_OPACITY, type VolumeLayout, type VolumeView } from './volume-renderer';

/** How volumes are looked at: one beside the other alike, and at the same place. */
export class VolumeLooks {
  layout = $state<VolumeLayout>('planes');
  /** Of the label map, 0…1. */
  opacity = $state(LABEL_OPACITY);

  #views: VolumeView[] = [];

  /** A view that opens; each leads the others while it has the focus. */
  join(view: VolumeView) {
    this.#link([...this.#views, view]);
  }

  leave(view: VolumeView) {
    this.#link(this.#views.filter((one) => one !== view));
  }

  #link(views: VolumeView[]) {
    this.#views = views;
    for (const view of views) view.lead(views.filter((other) => other !== view));
  }
}

/** Voxels to the patient's right, front and top: the right is on the left, as in the slices. */
const MOVES: Record<string, [number, number, number]> = {
  ArrowLeft: [1, 0, 0],
  ArrowRight: [-1, 0, 0],
  ArrowUp: [0, 1, 0],
  ArrowDown: [0, -1, 0],
  PageUp: [0, 0, 1],
  PageDown: [0, 0, -1],
};

/** Where a key takes the crosshair, in voxels; null: it is none of these keys. */
export function moveOf({ key, ctrlKey, metaKey, altKey }: KeyboardEvent) {
  return ctrlKey || metaKey || altKey ? null : (MOVES[key] ?? null);
}
