import { decimalString, type DicomElement } from './dicom-encoding';
import type { DicomOrigin } from './dicom-origin';

/** A series in space: what its slices and their segmentation share. */
export interface DicomSeries {
  /** `seriesUid` and `studyUid` are set. */
  origin: DicomOrigin;
  frameOfReferenceUid: string;
  /** From the feet upwards. */
  slices: { sopInstanceUid: string; position: string }[];
  /** Millimetres between columns, rows and slices. */
  spacing: [number, number, number];
}

/** MR Image Storage. PS3.4 B.5. */
export const MR_IMAGE = '1.2.840.10008.5.1.4.1.1.4';
/** Rows run to the patient's left, columns to the back, as `sliceOf` gives a slice. PS3.3 C.7.6.2.1.1. */
export const ORIENTATION = '1\\0\\0\\0\\1\\0';

/** Frame of Reference. PS3.3 C.7.4.1. */
export function frameOfReference({ frameOfReferenceUid }: DicomSeries): DicomElement[] {
  return [
    { tag: 0x00200052, vr: 'UI', value: frameOfReferenceUid },
    { tag: 0x00201040, vr: 'LO', value: '' },
  ];
}

/** Slice Thickness, Spacing Between Slices, and Pixel Spacing: between rows, then between columns. PS3.3 10.7.1.3. */
export function pixelMeasures({ spacing: [dx, dy, dz] }: DicomSeries): DicomElement[] {
  const [columns, rows, slices] = [dx, dy, dz].map(decimalString);
  return [
    { tag: 0x00180050, vr: 'DS', value: slices },
    { tag: 0x00180088, vr: 'DS', value: slices },
    { tag: 0x00280030, vr: 'DS', value: `${rows}\\${columns}` },
  ];
}
