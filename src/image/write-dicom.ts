import type { Window } from './decoded-image';
import type { Provenance } from '../../workers/api';
import { decimalString, encodeDicomFile, newUid, type DicomElement } from './dicom-encoding';
import { hasSource, originSentences } from './provenance';

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

/** What a DICOM file says of where it comes from. Of a source image's header only `provenance.dicom` belongs here. */
export interface DicomOrigin {
  /** What the image looks like it was made by: CR, MR, US …; OT where nothing fits. */
  modality: string;
  /** Title and version of the model, and the sha256 of its manifest entry. */
  model: string;
  modelHash: string;
  appVersion: string;
  /** Prompt, seed and settings in words: kept by many archives, dropped by most de-identification. */
  comments: string;
  /** In the data set, from 1. */
  instanceNumber: number;
  createdAt: Date;
  provenance: Provenance;
  /** What was asked for, for filtering in an archive. */
  sex?: 'F' | 'M';
  ageYears?: number;
  /** Shared by the images of one data set; made anew where absent. */
  studyUid?: string;
  seriesUid?: string;
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
    ...image(origin, sopInstanceUid),
    ...pixelDescription(pixels),
    ...pixelMeaning(pixels),
  ];
  const bytes = encodeDicomFile(SECONDARY_CAPTURE, sopInstanceUid, elements);
  return new Blob([bytes], { type: 'application/dicom' });
}

function patientAndStudy(origin: DicomOrigin): DicomElement[] {
  const words =
    origin.provenance.origin === 'unknown'
      ? OF_UNKNOWN
      : hasSource(origin.provenance)
        ? OF_COMPOSITE
        : OF_SYNTHETIC;
  const { date, time } = dateTime(origin.createdAt);
  const { ageYears } = origin;
  const age = ageYears === undefined ? [] : [`${String(Math.round(ageYears)).padStart(3, '0')}Y`];
  const number = origin.instanceNumber;
  return [
    { tag: 0x00100010, vr: 'PN', value: `${words.name}^PHANTOM` },
    { tag: 0x00100020, vr: 'LO', value: `${words.id}-${String(number).padStart(6, '0')}` },
    { tag: 0x00100030, vr: 'DA', value: '' },
    { tag: 0x00100040, vr: 'CS', value: origin.sex ?? 'O' },
    ...age.map((value): DicomElement => ({ tag: 0x00101010, vr: 'AS', value })),
    { tag: 0x0020000d, vr: 'UI', value: origin.studyUid ?? newUid() },
    { tag: 0x00080020, vr: 'DA', value: date },
    { tag: 0x00080030, vr: 'TM', value: time },
    { tag: 0x00080090, vr: 'PN', value: '' },
    { tag: 0x00200010, vr: 'SH', value: words.id },
    { tag: 0x00080050, vr: 'SH', value: '' },
    { tag: 0x00081030, vr: 'LO', value: words.study },
    { tag: 0x00080060, vr: 'CS', value: origin.modality },
    { tag: 0x0020000e, vr: 'UI', value: origin.seriesUid ?? newUid() },
    { tag: 0x00200011, vr: 'IS', value: '1' },
    { tag: 0x0008103e, vr: 'LO', value: words.series },
    ...identity(origin.provenance),
  ];
}

/** Names that nobody bears, and what archives list. */
const OF_SYNTHETIC = {
  ...{ name: 'SYNTHETIC', id: 'SYNTHETIC', study: 'Synthetic images, not of any patient' },
  series: 'Made by a generative model',
};
const OF_COMPOSITE = {
  ...{ name: 'PARTLY-SYNTHETIC', id: 'COMPOSITE', study: 'Images with parts of a source image' },
  series: 'Changed by a generative model',
};
const OF_UNKNOWN = {
  ...{ name: 'ORIGIN-UNKNOWN', id: 'UNKNOWN', study: 'May contain parts of a source image' },
  series: 'Made by a generative model',
};

/**
 * Patient Identity Removed (0012,0062). NO where pixels may be a patient's: nobody has looked whether a face, a name or a
 * rare finding in them tells who it is, although nothing of the header was taken over. A synthetic image has no patient.
 */
function identity(provenance: Provenance): DicomElement[] {
  return hasSource(provenance) ? [{ tag: 0x00120062, vr: 'CS', value: 'NO' }] : [];
}

/** SC Equipment, General Equipment and Contributing Equipment Sequence, purpose (109100, DCM). */
function equipment(origin: DicomOrigin): DicomElement[] {
  const { model, modelHash, appVersion, createdAt, provenance } = origin;
  const { date, time } = dateTime(createdAt);
  const made = hasSource(provenance) ? 'Changed' : 'Made';
  return [
    // PS3.3 C.8.6.1: synthetic image, or what came out of a workstation.
    { tag: 0x00080064, vr: 'CS', value: hasSource(provenance) ? 'WSD' : 'SYN' },
    { tag: 0x00080070, vr: 'LO', value: 'Phantoscope' },
    { tag: 0x00081090, vr: 'LO', value: model },
    { tag: 0x00181020, vr: 'LO', value: appVersion },
    {
      tag: 0x0018a001,
      vr: 'SQ',
      value: [
        [
          { tag: 0x00080070, vr: 'LO', value: 'Phantoscope' },
          { tag: 0x00081090, vr: 'LO', value: model },
          { tag: 0x00181020, vr: 'LO', value: appVersion },
          { tag: 0x0018a002, vr: 'DT', value: `${date}${time}` },
          {
            tag: 0x0018a003,
            vr: 'ST',
            value: `${made} by a generative model; sha256 ${modelHash}`,
          },
          {
            tag: 0x0040a170,
            vr: 'SQ',
            value: [
              [
                { tag: 0x00080100, vr: 'SH', value: '109100' },
                { tag: 0x00080102, vr: 'SH', value: 'DCM' },
                { tag: 0x00080104, vr: 'LO', value: 'Synthesizing Equipment' },
              ],
            ],
          },
        ],
      ],
    },
  ];
}

function image(origin: DicomOrigin, sopInstanceUid: string): DicomElement[] {
  const { date, time } = dateTime(origin.createdAt);
  return [
    { tag: 0x00080005, vr: 'CS', value: 'ISO_IR 192' },
    { tag: 0x00080008, vr: 'CS', value: 'DERIVED\\SECONDARY' },
    { tag: 0x00080012, vr: 'DA', value: date },
    { tag: 0x00080013, vr: 'TM', value: time },
    { tag: 0x00080016, vr: 'UI', value: SECONDARY_CAPTURE },
    { tag: 0x00080018, vr: 'UI', value: sopInstanceUid },
    { tag: 0x0008001c, vr: 'CS', value: 'YES' },
    { tag: 0x00080023, vr: 'DA', value: date },
    { tag: 0x00080033, vr: 'TM', value: time },
    ...derivation(origin.provenance),
    { tag: 0x00189004, vr: 'CS', value: 'RESEARCH' },
    { tag: 0x00200013, vr: 'IS', value: String(origin.instanceNumber) },
    { tag: 0x00200020, vr: 'CS', value: '' },
    { tag: 0x00200060, vr: 'CS', value: '' },
    { tag: 0x00204000, vr: 'LT', value: origin.comments },
    { tag: 0x00282110, vr: 'CS', value: '00' },
  ];
}

/**
 * Derivation Description, Burned In Annotation as far as it is known, and Source Image Sequence with its purpose
 * (121322, DCM) where the source has a UID that the user agreed to name. PS3.3 C.7.6.1.1.3, C.12.4, PS3.16 CID 7202.
 */
function derivation(provenance: Provenance): DicomElement[] {
  const { dicom = {} } = provenance;
  const { sopClassUid, sopInstanceUid } = dicom;
  const burnedIn = hasSource(provenance) ? dicom.burnedIn : 'NO';
  const elements: DicomElement[] = [
    { tag: 0x00082111, vr: 'ST', value: originSentences(provenance) },
  ];
  if (burnedIn) elements.push({ tag: 0x00280301, vr: 'CS', value: burnedIn });
  if (provenance.origin !== 'outside' || !sopClassUid || !sopInstanceUid) return elements;
  const purpose: DicomElement[] = [
    { tag: 0x00080100, vr: 'SH', value: '121322' },
    { tag: 0x00080102, vr: 'SH', value: 'DCM' },
    { tag: 0x00080104, vr: 'LO', value: 'Source image for image processing operation' },
  ];
  const source: DicomElement[] = [
    { tag: 0x00081150, vr: 'UI', value: sopClassUid },
    { tag: 0x00081155, vr: 'UI', value: sopInstanceUid },
    { tag: 0x0040a170, vr: 'SQ', value: [purpose] },
  ];
  return [...elements, { tag: 0x00082112, vr: 'SQ', value: [source] }];
}

function pixelDescription({ width, height, samples, channels }: DicomPixels): DicomElement[] {
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

/** DA and TM of a moment, in UTC: no time zone is given away. */
function dateTime(moment: Date) {
  const digits = moment.toISOString().replace(/[-:T]/g, '');
  return { date: digits.slice(0, 8), time: digits.slice(8, 14) };
}
