import { appError } from '../../errors';
import { labelVolumes, type LabelledVolume } from '../../image/volume/labelled-volume';
import { encodeVolume, xSlowest } from '../../image/volume/volume-files';
import type { VolumeFacts } from '../../models/manifest/manifest';
import { MAX_UNDO, openLabelPainter, type LabelPainter } from '../../controls/viewer/label-painter';

/** 1 and 2 paint the parts, 0 erases. */
export const PENS = [1, 2, 0];
export const MAX_SIZE = 9;
const GREY = 96;

/** A label map that is being painted on, and the volume under it. */
export class LabelPainting {
  pen = $state(PENS[0]);
  /** Voxels a side; odd, for there is one in the middle. */
  size = $state(3);
  /** Strokes that can be taken back. */
  numUndo = $state(0);
  /** mm³ of each part as it is now. */
  labelMm3 = $state.raw<Record<string, number>>({});
  error = $state.raw<Error | null>(null);
  painter = $state.raw<LabelPainter | null>(null);

  readonly facts: VolumeFacts;
  #image: Uint8Array<ArrayBuffer>;
  #labels: Uint8Array<ArrayBuffer>;
  #undoing = false;

  /** `labels` and `image`, [x][y][z]; where there is no image, the map as it came lies under what is painted. */
  constructor(
    facts: VolumeFacts,
    labels: ArrayLike<number>,
    image: Uint8Array<ArrayBuffer> | null,
  ) {
    this.facts = facts;
    this.#labels = Uint8Array.from(labels);
    this.#image = image ?? this.#labels.map((label) => (label > 0 ? GREY : 0));
  }

  /** Begins on a canvas; what this returns ends it. */
  open(canvas: HTMLCanvasElement): () => void {
    let gone = false;
    this.#open(canvas).then(
      (painter) => {
        if (gone) return painter.close();
        this.painter = painter;
        painter.use(this.pen, this.size);
      },
      (error: unknown) => (this.error = error as Error),
    );
    return () => {
      gone = true;
      this.painter?.close();
      this.painter = null;
    };
  }

  use(pen: number, size: number) {
    this.pen = pen;
    this.size = Math.min(MAX_SIZE, Math.max(1, size));
    this.painter?.use(this.pen, this.size);
  }

  undo() {
    if (this.numUndo === 0 || !this.painter) return;
    this.#undoing = true;
    this.painter.undo();
    this.#undoing = false;
  }

  /** The label map, [x][y][z]. Throws `RequestInvalid` where a part is missing: the model draws to both. */
  finish(): Uint16Array<ArrayBuffer> {
    const painted = this.#painted();
    const { labels } = this.facts;
    const missing = labels.findIndex((_, label) => label > 0 && !painted.includes(label));
    if (missing < 0) return Uint16Array.from(painted);
    throw appError(
      'RequestInvalid',
      `This label map has no ${labels[missing]} any more (expected both parts). Paint some of it, or take the last strokes back.`,
    );
  }

  async #open(canvas: HTMLCanvasElement): Promise<LabelPainter> {
    const volume: LabelledVolume = { ...this.facts, image: this.#image, labelMap: this.#labels };
    const files = await encodeVolume(volume, { origin: 'text' }); // niivue reads files; these go nowhere else
    this.labelMm3 = files.labelMm3;
    return openLabelPainter(canvas, files.image, files.labels, () => this.#changed());
  }

  #changed() {
    this.numUndo = Math.min(MAX_UNDO, Math.max(0, this.numUndo + (this.#undoing ? -1 : 1)));
    this.error = null;
    this.labelMm3 = labelVolumes({ ...this.facts, labelMap: this.#painted() });
  }

  #painted(): Uint8Array {
    return this.painter ? xSlowest(this.painter.read(), this.facts.size) : this.#labels;
  }
}
