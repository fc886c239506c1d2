import { appError } from '../errors';

/** What is drawn of a volume. */
export type VolumeLayout = 'planes' | 'render';

/** A volume on a canvas, until it is closed. */
export interface VolumeView {
  show(layout: VolumeLayout): void;
  /** Of the label map, 0…1. */
  setLabelOpacity(opacity: number): void;
  close(): void;
}

/** Of the label map, when it comes into view. */
export const LABEL_OPACITY = 0.4;

/** Colours of the labels 0, 1 and 2: none, amber, cyan. Told apart by colour-blind eyes and beside greys. */
const LABEL_COLOURS = {
  R: [0, 255, 60],
  G: [0, 176, 190],
  B: [0, 46, 210],
  A: [0, 255, 255],
  I: [0, 1, 2],
  labels: ['background', 'first part', 'second part'],
};

/**
 * Draws a volume by WebGL 2, its three planes and a rendering that the mouse turns, and over it a label map on the same grid. Niivue
 * is loaded at the first call. Right and left are as in the slices: the patient's right is on the left. `ImageUnreadable`
 * where there is no WebGL 2.
 */
export async function renderVolume(
  canvas: HTMLCanvasElement,
  nifti: Blob,
  labels: Blob | null = null,
): Promise<VolumeView> {
  if (!new OffscreenCanvas(1, 1).getContext('webgl2')) {
    throw appError(
      'ImageUnreadable',
      'This browser draws no volumes (expected WebGL 2, got none). Go through the slices instead.',
    );
  }
  const { Niivue, NVImage, SLICE_TYPE } = await import('@niivue/niivue');
  const niivue = new Niivue({
    backColor: [0, 0, 0, 1],
    dragAndDropEnabled: false,
    isColorbar: false,
    loadingText: '',
    logLevel: 'silent',
    isRadiologicalConvention: true,
  });
  await niivue.attachToCanvas(canvas);
  const file = new File([nifti], 'volume.nii.gz');
  niivue.addVolume(await NVImage.loadFromFile({ file, name: file.name }));
  if (labels) {
    const labelFile = new File([labels], 'labels.nii.gz');
    const map = await NVImage.loadFromFile({ file: labelFile, name: labelFile.name });
    map.setColormapLabel(LABEL_COLOURS);
    map.opacity = LABEL_OPACITY;
    niivue.addVolume(map);
  }
  return {
    setLabelOpacity: (opacity) => labels && niivue.setOpacity(1, opacity),
    show: (layout) =>
      niivue.setSliceType(layout === 'render' ? SLICE_TYPE.RENDER : SLICE_TYPE.MULTIPLANAR),
    close: () => niivue.cleanup(),
  };
}
