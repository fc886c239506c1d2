import { appError } from '../../errors';
import type { Niivue } from '@niivue/niivue';
import type { Window } from '../../image/decoded-image';

/** What is drawn of a volume. */
export type VolumeLayout = 'planes' | 'axial' | 'render';

/** A volume on a canvas, until it is closed. */
export interface VolumeView {
  show(layout: VolumeLayout): void;
  /** Of the label map, 0…1. */
  setLabelOpacity(opacity: number): void;
  /** Black and white where the slices have them. */
  useWindow(window: Pick<Window, 'centre' | 'width'>): void;
  /** Goes so many voxels to the patient's right, front and top. */
  move(x: number, y: number, z: number): void;
  /** Where the crosshair is, mm. */
  readonly place: readonly number[];
  /** While this view has the focus, these show the same place, and turn as it does. */
  lead(others: readonly VolumeView[]): void;
  close(): void;
}

/** Who draws a view. */
const DRAWN_BY = new WeakMap<VolumeView, Niivue>();

/** Of the label map, when it comes into view. */
export const LABEL_OPACITY = 0.4;

/** Colours of the labels 0, 1 and 2: none, amber, cyan. Told apart by colour-blind eyes and beside greys. */
export const LABEL_COLOURS = {
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
  const { niivue, volume, read, SLICE_TYPE, close } = await openNiivue(canvas, nifti);
  if (labels) {
    const map = await read(labels);
    map.setColormapLabel(LABEL_COLOURS);
    map.opacity = LABEL_OPACITY;
    niivue.addVolume(map);
  }
  const view: VolumeView = {
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
    move: (x, y, z) => niivue.moveCrosshairInVox(x, y, z),
    get place() {
      return [...niivue.frac2mm(niivue.scene.crosshairPos)].slice(0, 3);
    },
    lead(others) {
      niivue.broadcastTo(others.map((other) => DRAWN_BY.get(other)!));
    },
    close,
  };
  DRAWN_BY.set(view, niivue);
  return view;
}

/**
 * Niivue on a canvas with a volume in it; `read` reads further ones, `close` leaves the canvas of no more use. Throws as
 * `renderVolume` does.
 */
export async function openNiivue(canvas: HTMLCanvasElement, nifti: Blob) {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) {
    throw appError(
      'ImageUnreadable',
      'This browser draws no volumes (expected WebGL 2, got none). Go through the slices instead.',
    );
  }
  const largest = gl.getParameter(gl.MAX_3D_TEXTURE_SIZE) as number;
  release(gl);
  const { Niivue, NVImage, SLICE_TYPE } = await import('@niivue/niivue');
  const niivue = new Niivue({
    backColor: [0, 0, 0, 1],
    // A line, not a voxel: in a small volume that hides the labels. Neither a label's colour nor that of a warning.
    crosshairColor: [1, 1, 1, 0.8],
    crosshairWidth: 1,
    crosshairWidthUnit: 'percent',
    dragAndDropEnabled: false,
    isColorbar: false,
    loadingText: '',
    logLevel: 'silent',
    isRadiologicalConvention: true,
  });
  const read = (blob: Blob) => {
    const file = new File([blob], 'volume.nii.gz');
    return NVImage.loadFromFile({ file, name: file.name });
  };
  const volume = await read(nifti);
  checkSides(volume.hdr?.dims.slice(1, 4) ?? [], largest);
  await niivue.attachToCanvas(canvas);
  niivue.addVolume(volume);
  const close = () => {
    niivue.cleanup();
    release(niivue.gl);
  };
  return { niivue, volume, read, SLICE_TYPE, close };
}

/** A page has some sixteen contexts: with one more the oldest is lost, which may be that of a volume on the screen. */
function release(gl: WebGL2RenderingContext) {
  gl.getExtension('WEBGL_lose_context')?.loseContext();
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
