import type { Window } from '../decoded-image';
import { decimalString, encodeDicomFile, newUid, type DicomElement } from './dicom-encoding';
import { equipment, instance, patientAndStudy, type DicomOrigin } from './dicom-origin';
import { hasSource } from '../provenance';

/** The pixels of a synthetic image, 8 or 16 bit after the array's type. */
export interface DicomPixels {
  width: number;
  height: number;
  /** [height · width · channels], interleaved. */
  samples: Uint8Array | Uint16Array | Int16Array;
  /** 3 only with Uint8Array. */
  channels: 1 | 3;
  /** Millimetres between pixels, null where nothing is known. */
  spacing?: { x: number; y: number } | null;
  window?: Window;
  rescale?: { slope: number; intercept: number; unit: string | null };
}

const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';

/**
 * One image as DICOM Secondary Capture that says in every place DICOM has for it what it is. Synthetic: Synthetic Data
 * (0008,001C), Conversion Type SYN, Contributing Equipment, Content Qualification RESEARCH, an invented patient. With parts
 * of a source image Synthetic Data stays YES, which PS3.3 C.12.1 defines as "some or all of the content"; Derivation
 * Description, Conversion Type WSD, the patient's name, Patient Identity Removed and Burned In Annotation say the rest.
 */
export function encodeDicom(pixels: DicomPixels, origin: DicomOrigin): Blob {
  const sopInstanceUid = newUid();
  const elements = [
    ...patientAndStudy(origin),
    ...equipment(origin),
    ...instance(origin, SECONDARY_CAPTURE, sopInstanceUid),
    ...secondaryCapture(origin),
    ...pixelDescription(pixels),
    ...pixelMeaning(pixels),
  ];
  const bytes = encodeDicomFile(SECONDARY_CAPTURE, sopInstanceUid, elements);
  return new Blob([bytes], { type: 'application/dicom' });
}

/** SC Equipment and SC Image. */
function secondaryCapture({ provenance }: DicomOrigin): DicomElement[] {
  return [
    // PS3.3 C.8.6.1: synthetic image, or what came out of a workstation.
    { tag: 0x00080064, vr: 'CS', value: hasSource(provenance) ? 'WSD' : 'SYN' },
    { tag: 0x00080008, vr: 'CS', value: 'DERIVED\\SECONDARY' },
    { tag: 0x00200020, vr: 'CS', value: '' },
    { tag: 0x00200060, vr: 'CS', value: '' },
  ];
}

/** Image Pixel. */
export function pixelDescription({
  width,
  height,
  samples,
  channels,
}: DicomPixels): DicomElement[] {
  if (samples.length !== width * height * channels) {
    throw new Error(`expected ${width * height * channels} samples, got ${samples.length}`);
  }
  const bits = samples.BYTES_PER_ELEMENT * 8;
  const { buffer, byteOffset, byteLength } = samples;
  const bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  const planes: DicomElement[] = [{ tag: 0x00280006, vr: 'US', value: 0 }];
  return [
    { tag: 0x00280002, vr: 'US', value: channels },
    { tag: 0x00280004, vr: 'CS', value: channels === 3 ? 'RGB' : 'MONOCHROME2' },
    ...(channels === 3 ? planes : []),
    { tag: 0x00280010, vr: 'US', value: height },
    { tag: 0x00280011, vr: 'US', value: width },
    { tag: 0x00280100, vr: 'US', value: bits },
    { tag: 0x00280101, vr: 'US', value: bits },
    { tag: 0x00280102, vr: 'US', value: bits - 1 },
    { tag: 0x00280103, vr: 'US', value: samples instanceof Int16Array ? 1 : 0 },
    { tag: 0x7fe00010, vr: bits === 8 ? 'OB' : 'OW', value: bytes },
  ];
}

/** Spacing, window and rescaling, where they say something. */
function pixelMeaning({ channels, spacing, window, rescale }: DicomPixels): DicomElement[] {
  const pair = (a: number, b: number) => `${decimalString(a)}\\${decimalString(b)}`;
  const elements: DicomElement[] = [];
  if (spacing) elements.push({ tag: 0x00280030, vr: 'DS', value: pair(spacing.y, spacing.x) });
  if (channels === 3) return elements;
  if (window && window.shape !== 'TABLE') {
    elements.push({ tag: 0x00281050, vr: 'DS', value: decimalString(window.centre) });
    elements.push({ tag: 0x00281051, vr: 'DS', value: decimalString(window.width) });
    if (window.shape !== 'LINEAR')
      elements.push({ tag: 0x00281056, vr: 'CS', value: window.shape });
  }
  if (rescale) {
    elements.push({ tag: 0x00281052, vr: 'DS', value: decimalString(rescale.intercept) });
    elements.push({ tag: 0x00281053, vr: 'DS', value: decimalString(rescale.slope) });
    elements.push({ tag: 0x00281054, vr: 'LO', value: rescale.unit === 'HU' ? 'HU' : 'US' });
  }
  return elements;
}
