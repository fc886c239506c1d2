import { appError } from '../../errors';
import type { Window } from '../../image/decoded-image';

/** What is drawn of a volume. */
export type VolumeLayout = 'planes' | 'axial' | 'render';

/** A volume on a canvas, until it is closed. */
export interface VolumeView {
  show(layout: VolumeLayout): void;
  /** Of the label map, 0…1. */
  setLabelOpacity(opacity: number): void;
  /** Black and white where the slices have them. */
  useWindow(window: Window): void;
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
 * Draws a volume by WebGL 2, its three planes and a rendering that the mouse turns, and over it a label map on the same grid;
 * the patient's right on the left as in the slices. Niivue is loaded at the first call. `ImageUnreadable` where there is no
 * WebGL 2, or the volume is larger than it holds.
 */
export async function renderVolume(
  canvas: HTMLCanvasElement,
  nifti: Blob,
  labels: Blob | null = null,
): Promise<VolumeView> {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) {
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
  const volume = await NVImage.loadFromFile({ file, name: file.name });
  checkSides(volume.hdr?.dims.slice(1, 4) ?? [], gl.getParameter(gl.MAX_3D_TEXTURE_SIZE) as number);
  niivue.addVolume(volume);
  if (labels) {
    const labelFile = new File([labels], 'labels.nii.gz');
    const map = await NVImage.loadFromFile({ file: labelFile, name: labelFile.name });
    map.setColormapLabel(LABEL_COLOURS);
    map.opacity = LABEL_OPACITY;
    niivue.addVolume(map);
  }
  return {
    setLabelOpacity: (opacity) => labels && niivue.setOpacity(1, opacity),
    useWindow({ centre, width }) {
      volume.cal_min = centre - width / 2;
      volume.cal_max = centre + width / 2;
      niivue.updateGLVolume();
    },
    show: (layout) =>
      niivue.setSliceType(
        { planes: SLICE_TYPE.MULTIPLANAR, axial: SLICE_TYPE.AXIAL, render: SLICE_TYPE.RENDER }[
          layout
        ],
      ),
    close: () => niivue.cleanup(),
  };
}

/** Beyond its largest 3D texture a graphics device draws something else. */
export function checkSides(sides: readonly number[], largest: number) {
  if (sides.every((side) => side <= largest)) return;
  throw appError(
    'ImageUnreadable',
    `This volume of ${sides.join(' × ')} voxels is too large to be drawn as a whole here (expected at most ${largest} a ` +
      'side). Go through the slices instead.',
  );
}
