import type { GeneratedVolume } from '../../contract/picture';
import { decimalString, encodeDicomFile, newUid, type DicomElement } from './dicom-encoding';
import { equipment, instance, patientAndStudy, type DicomOrigin } from './dicom-origin';
import { encodeSegmentation } from './dicom-segmentation';
import {
  frameOfReference,
  MR_IMAGE,
  ORIENTATION,
  pixelMeasures,
  type DicomSeries,
} from './dicom-series';
import { numSlices, openNifti, sliceOf, type Volume } from '../nifti/read-nifti';
import { pixelDescription } from './write-dicom';

/** A file of a volume; `path` is below a folder of its own. */
export interface VolumeFile {
  path: string;
  blob: Blob;
}

/**
 * A volume as a series of MR images, one file a slice, and its label map as a segmentation (SEG) that refers to them. One study,
 * one frame of reference; every file says that it is synthetic.
 */
export async function encodeVolumeDicom(
  volume: GeneratedVolume,
  origin: Omit<DicomOrigin, 'modality'>,
): Promise<VolumeFile[]> {
  const [image, labels] = await Promise.all([volume.image, volume.labels].map(open));
  const { studyUid = newUid(), seriesUid = newUid() } = origin;
  const spacing = image.spacing ?? [1, 1, 1];
  const count = numSlices(image, 'axial');
  const series: DicomSeries = {
    origin: { ...origin, modality: 'MR', studyUid, seriesUid },
    frameOfReferenceUid: newUid(),
    slices: Array.from({ length: count }, (_, k) => ({
      sopInstanceUid: newUid(),
      position: slicePosition(image, spacing, k),
    })),
    spacing,
  };
  const files = series.slices.map((_, k) => ({
    path: `slice-${String(k + 1).padStart(3, '0')}.dcm`,
    blob: encodeSlice(sliceOf(image, 'axial', k).samples as Uint8Array, image, series, k),
  }));
  return [...files, { path: 'labels.dcm', blob: encodeSegmentation(labels, volume, series) }];
}

async function open(nifti: Blob): Promise<Volume> {
  return openNifti(new Uint8Array(await nifti.arrayBuffer()));
}

/**
 * Where the middle of a slice's first pixel lies, mm to the patient's left, back and head. The volume's own voxel 0, 0, 0 is the
 * origin, as in its NIfTI file, whose axes run to the right, front and head. PS3.3 C.7.6.2.
 */
function slicePosition({ shape }: Volume, [dx, dy, dz]: DicomSeries['spacing'], k: number) {
  const place = [(1 - shape[0]) * dx, (1 - shape[1]) * dy, k * dz];
  return place.map(decimalString).join('\\');
}

function encodeSlice(
  grey: Uint8Array,
  { shape: [width, height] }: Volume,
  series: DicomSeries,
  k: number,
): Blob {
  const { origin, slices } = series;
  const { sopInstanceUid, position } = slices[k];
  const elements: DicomElement[] = [
    // A number of the volume, not of the slice: all slices are of one patient.
    ...patientAndStudy(origin),
    ...frameOfReference(series),
    ...equipment(origin),
    ...instance({ ...origin, instanceNumber: k + 1 }, MR_IMAGE, sopInstanceUid),
    ...MR_MODULE,
    // MR images have 16 bits. PS3.3 C.8.3.1.1.4.
    ...pixelDescription({ width, height, channels: 1, samples: Uint16Array.from(grey) }),
    ...pixelMeasures(series),
    { tag: 0x00200032, vr: 'DS', value: position },
    { tag: 0x00200037, vr: 'DS', value: ORIENTATION },
    { tag: 0x00281050, vr: 'DS', value: '128' },
    { tag: 0x00281051, vr: 'DS', value: '256' },
  ];
  const bytes = encodeDicomFile(MR_IMAGE, sopInstanceUid, elements);
  return new Blob([bytes], { type: 'application/dicom' });
}

/** MR Image of what no scanner made: research mode, and nothing where a scanner's times would stand. PS3.3 C.8.3.1. */
const MR_MODULE: DicomElement[] = [
  { tag: 0x00080008, vr: 'CS', value: 'DERIVED\\SECONDARY\\OTHER' },
  { tag: 0x00180020, vr: 'CS', value: 'RM' },
  { tag: 0x00180021, vr: 'CS', value: 'NONE' },
  { tag: 0x00180022, vr: 'CS', value: '' },
  { tag: 0x00180023, vr: 'CS', value: '3D' },
  { tag: 0x00180080, vr: 'DS', value: '' },
  { tag: 0x00180081, vr: 'DS', value: '' },
  { tag: 0x00180091, vr: 'IS', value: '' },
  { tag: 0x00185100, vr: 'CS', value: '' },
  { tag: 0x00200060, vr: 'CS', value: '' },
];
