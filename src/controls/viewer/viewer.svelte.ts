import type { Plane } from '../../image/nifti/read-nifti';
import type { OpenOriginal, StoredOriginal } from '../../image/stored-original';
import { pixelRatioOf, type DecodedImage, type Window } from '../../image/decoded-image';
import { asGrey } from '../../image/as-grey';
import { maskOverlay } from '../../image/mask-overlay';
import {
  defaultWindow,
  fullWindow,
  toRgba,
  valueAt,
  valueRange,
  windowPresets,
} from '../../image/window-level';
import { readPng } from '../../image/read-png';
import { ViewSettings } from '../../browser/view-settings.svelte';
import { texts } from '../texts';

/** What a viewer shows: a PNG, and where there is more than 8 bits or a mask, that too. */
export interface ViewedPicture {
  png: Blob;
  /** Instance ids as a grey PNG. */
  mask?: { png: Blob };
  original?: StoredOriginal;
  /** Where `original` is a volume: its label map, a NIfTI on the same grid. */
  labels?: Blob;
  /** What it is of, for the windows that are offered. */
  modality?: string;
}

/** Dragging so many CSS pixels changes a window by the whole range of the picture. */
const DRAG_PIXELS = 400;
/** One key press changes a window by this share of the range. */
const KEY_SHARE = 0.04;

/** One picture under the magnifying glass: window and level, zoom, values, mask, and slices of a volume. */
export class ViewerState {
  readonly settings: ViewSettings;
  image = $state.raw<DecodedImage | null>(null);
  error = $state.raw<Error | null>(null);
  overlay = $state.raw<Uint8ClampedArray<ArrayBuffer> | null>(null);
  /** Pixel under the pointer, from 0; null outside. */
  pointed = $state.raw<{ column: number; row: number } | null>(null);
  plane = $state<Plane>('axial');
  slice = $state(0);
  /** Slices along each plane; null where there is one picture only. */
  numSlices = $state.raw<Record<Plane, number> | null>(null);
  /** The volume as a file, for a renderer; null where there is none. */
  volumeFile = $state.raw<Blob | null>(null);

  /** The volume's label map; null where there is none. */
  labelFile = $state.raw<Blob | null>(null);

  #modality = $state<string | undefined>(undefined);
  #original: OpenOriginal | null = null;
  #ids = $state.raw<ArrayLike<number> | null>(null);
  #run = 0;

  presets = $derived(this.image ? windowPresets(this.image, this.#modality) : []);
  window = $derived.by(
    () => this.settings.window ?? (this.image ? defaultWindow(this.image) : null),
  );
  /** RGBA of the picture as it is shown, [height · width · 4]. */
  rgba = $derived.by(() => {
    const { image, window, settings } = this;
    return image && window && toRgba(image, { window, invert: settings.invert });
  });
  /** The preset in use, by id; empty for a window of one's own. */
  presetId = $derived.by(() => {
    const { window } = this;
    const same = ({ centre, width, shape }: Window) =>
      centre === window?.centre &&
      width === window.width &&
      (shape === 'TABLE') === (window.shape === 'TABLE');
    return this.presets.find(same)?.id ?? '';
  });
  /** A pixel's height over its width. */
  pixelRatio = $derived(this.image ? pixelRatioOf(this.image) : 1);
  #range = $derived(this.image ? valueRange(this.image) : { min: 0, max: 1 });

  constructor(settings = new ViewSettings()) {
    this.settings = settings;
  }

  /** Shows another picture; what comes too late, because a later one was asked for, is dropped. */
  async open(reading: Promise<ViewedPicture | null>) {
    const run = ++this.#run;
    try {
      const picture = await reading;
      if (!picture || run !== this.#run) return;
      const opened = await decode(picture);
      if (run !== this.#run) return;
      this.#show(picture, opened);
      this.error = null;
    } catch (error) {
      if (run === this.#run) this.error = error as Error;
    }
  }

  /** Forgets the picture. */
  close() {
    this.#run++;
    this.image = null;
    this.overlay = null;
    this.volumeFile = null;
    this.labelFile = null;
    this.#original = null;
    this.#ids = null;
  }

  usePreset(id: string) {
    const preset = this.presets.find((one) => one.id === id);
    if (preset) this.settings.window = preset;
  }

  nextPreset() {
    const at = this.presets.findIndex(({ id }) => id === this.presetId);
    const next = this.presets[(at + 1) % this.presets.length];
    if (next) this.settings.window = next;
  }

  /** To the right: wider, less contrast; down: a lower level, brighter. In CSS pixels of a drag. */
  dragWindow(x: number, y: number) {
    const { window } = this;
    if (!window) return;
    const step = (this.#range.max - this.#range.min || 1) / DRAG_PIXELS;
    const smallest = step / 100;
    this.settings.window = {
      centre: window.centre - y * step,
      width: Math.max(smallest, window.width + x * step),
      shape: 'LINEAR_EXACT',
    };
  }

  /** The same by keys, in steps. */
  stepWindow(width: number, level: number) {
    const pixels = DRAG_PIXELS * KEY_SHARE;
    this.dragWindow(width * pixels, level * pixels);
  }

  showPlane(plane: Plane) {
    if (!this.numSlices) return;
    this.plane = plane;
    this.showSlice(Math.floor(this.numSlices[plane] / 2));
  }

  showSlice(index: number) {
    if (!this.#original || !this.numSlices) return;
    this.slice = Math.max(0, Math.min(this.numSlices[this.plane] - 1, index));
    // The first slice's window stays: a window of its own for each would make tissue change its grey.
    this.settings.window ??= this.window;
    this.image = this.#original.slice(this.plane, this.slice);
  }

  /** What the pixel under the pointer holds, in words; empty outside. */
  get value(): string {
    if (!this.image || !this.pointed) return '';
    const { column, row } = this.pointed;
    const found = valueAt(this.image, column, row);
    if (!found) return '';
    const values = found.values.map((x) => Number(x.toPrecision(6))).join(', ');
    const id = this.#ids ? texts.maskAt(this.#ids[row * this.image.width + column]) : '';
    return `x ${column}, y ${row}: ${values}${found.unit ? ` ${found.unit}` : ''}${id}`;
  }

  #show(picture: ViewedPicture, { image, original, ids }: Decoded) {
    this.#modality = picture.modality ?? image.facts.modality;
    this.#original = original;
    this.#ids = ids;
    this.overlay = ids && maskOverlay(ids, image.width, image.height);
    const before = this.image;
    // A window over other values would show nothing.
    if (before && (before.bits !== image.bits || before.rescale.unit !== image.rescale.unit)) {
      this.settings.window = null;
    }
    const [x, y, z] = original?.volume.shape ?? [1, 1, 1];
    this.numSlices = z > 1 ? { axial: z, coronal: y, sagittal: x } : null;
    this.volumeFile = z > 1 ? picture.original!.nifti : null;
    this.labelFile = z > 1 ? (picture.labels ?? null) : null;
    this.plane = 'axial';
    this.slice = Math.floor(z / 2);
    if (!this.settings.window && this.numSlices) this.settings.window = fullWindow(image);
    this.image = image;
  }
}

interface Decoded {
  image: DecodedImage;
  original: OpenOriginal | null;
  ids: ArrayLike<number> | null;
}

async function decode({ png, mask, original }: ViewedPicture): Promise<Decoded> {
  const opened = original
    ? await (await import('../../image/stored-original')).openOriginal(original)
    : null;
  const image = opened
    ? opened.slice('axial', Math.floor(opened.volume.shape[2] / 2))
    : asGrey(await readPng(await bytesOf(png)));
  const maskImage = mask ? await readPng(await bytesOf(mask.png)) : null;
  const fits = maskImage?.width === image.width && maskImage.height === image.height;
  return { image, original: opened, ids: fits ? maskImage.samples : null };
}

async function bytesOf(blob: Blob) {
  return new Uint8Array(await blob.arrayBuffer());
}
