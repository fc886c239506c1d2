import { LABEL_COLOURS, openNiivue } from './volume-renderer';

/** Label maps are painted by niivue, on the three planes of a volume. */
export interface LabelPainter {
  /** 1 and 2 paint the parts, 0 erases; `size` in voxels a side. */
  use(pen: number, size: number): void;
  /** Paints at the crosshair, on the axial plane. */
  dab(): void;
  /** Takes the last stroke back. */
  undo(): void;
  /** Goes so many voxels to the patient's right, front and top. */
  move(x: number, y: number, z: number): void;
  /** The label map as it is now, x fastest. */
  read(): Uint8Array;
  close(): void;
}

/** Strokes that can be taken back. */
export const MAX_UNDO = 30;
const OPACITY = 0.5;
/** niivue's number of the axial plane. */
const AXIAL = 0;

/**
 * Opens `labels` over `image`, two NIfTI files on one grid, to be painted on by dragging; `onChange` is told of every stroke and
 * of what was taken back. Throws as `renderVolume` does.
 */
export async function openLabelPainter(
  canvas: HTMLCanvasElement,
  image: Blob,
  labels: Blob,
  onChange: () => void,
): Promise<LabelPainter> {
  const { niivue, read, SLICE_TYPE, close } = await openNiivue(canvas, image);
  niivue.setSliceType(SLICE_TYPE.MULTIPLANAR);
  niivue.opts.maxDrawUndoBitmaps = MAX_UNDO + 1; // the first is how it came
  niivue.loadDrawing(await read(labels));
  // It takes a table of colours, too; its types know names only.
  niivue.setDrawColormap(LABEL_COLOURS as unknown as string);
  niivue.setDrawOpacity(OPACITY);
  niivue.setDrawingEnabled(true);
  niivue.onDrawingChanged = onChange;
  return {
    use(pen, size) {
      niivue.opts.penSize = size;
      niivue.setPenValue(pen);
    },
    dab() {
      const [x, y, z] = niivue.frac2vox(niivue.scene.crosshairPos);
      niivue.drawPenAxCorSag = AXIAL;
      niivue.drawPt(x, y, z, niivue.opts.penValue);
      niivue.drawPenAxCorSag = -1;
      niivue.drawAddUndoBitmap();
      niivue.refreshDrawing(true);
      onChange();
    },
    undo: () => niivue.drawUndo(),
    move: (x, y, z) => niivue.moveCrosshairInVox(x, y, z),
    read: () => niivue.drawBitmap!.slice(),
    close,
  };
}
