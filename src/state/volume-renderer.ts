import { appError } from '../errors';

/** What is drawn of a volume. */
export type VolumeLayout = 'planes' | 'render';

/** A volume on a canvas, until it is closed. */
export interface VolumeView {
  show(layout: VolumeLayout): void;
  close(): void;
}

/**
 * Draws a volume by WebGL 2, its three planes and a rendering that the mouse turns. Niivue is loaded at the first call.
 * `ImageUnreadable` where there is no WebGL 2.
 */
export async function renderVolume(canvas: HTMLCanvasElement, nifti: Blob): Promise<VolumeView> {
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
  });
  await niivue.attachToCanvas(canvas);
  const file = new File([nifti], 'volume.nii.gz');
  niivue.addVolume(await NVImage.loadFromFile({ file, name: file.name }));
  return {
    show: (layout) =>
      niivue.setSliceType(layout === 'render' ? SLICE_TYPE.RENDER : SLICE_TYPE.MULTIPLANAR),
    close: () => niivue.cleanup(),
  };
}
