import type { Provenance } from '../../contract/provenance';
import type { DicomCode } from '../../models/manifest/manifest';
import { newUid, type DicomElement } from './dicom-encoding';
import { hasSource, originSentences } from '../provenance';

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
  /** Of the series in its study; absent: 1. */
  seriesNumber?: number;
  /** What archives list it as; absent: who made it. */
  seriesDescription?: string;
}

/** Patient, General Study and General Series: an invented patient, whose name says what the image is. */
export function patientAndStudy(origin: DicomOrigin): DicomElement[] {
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
    { tag: 0x00200011, vr: 'IS', value: String(origin.seriesNumber ?? 1) },
    { tag: 0x0008103e, vr: 'LO', value: origin.seriesDescription ?? words.series },
    ...identity(origin.provenance),
  ];
}

/** Names that nobody bears, and what archives list. */
const OF_SYNTHETIC = {
  name: 'SYNTHETIC',
  id: 'SYNTHETIC',
  study: 'Synthetic images, not of any patient',
  series: 'Made by a generative model',
};
const OF_COMPOSITE = {
  name: 'PARTLY-SYNTHETIC',
  id: 'COMPOSITE',
  study: 'Images with parts of a source image',
  series: 'Changed by a generative model',
};
const OF_UNKNOWN = {
  name: 'ORIGIN-UNKNOWN',
  id: 'UNKNOWN',
  study: 'May contain parts of a source image',
  series: 'Made by a generative model',
};

/**
 * Patient Identity Removed (0012,0062). NO where pixels may be a patient's: nobody has looked whether a face, a name or a
 * rare finding in them tells who it is, although nothing of the header was taken over. A synthetic image has no patient.
 */
function identity(provenance: Provenance): DicomElement[] {
  return hasSource(provenance) ? [{ tag: 0x00120062, vr: 'CS', value: 'NO' }] : [];
}

/** General Equipment and Contributing Equipment Sequence, purpose (109100, DCM). */
export function equipment(origin: DicomOrigin): DicomElement[] {
  const { model, modelHash, appVersion, createdAt, provenance } = origin;
  const { date, time } = dateTime(createdAt);
  const made = hasSource(provenance) ? 'Changed' : 'Made';
  const named: DicomElement[] = [
    { tag: 0x00080070, vr: 'LO', value: 'Phantoscope' },
    { tag: 0x00081090, vr: 'LO', value: model },
    { tag: 0x00181020, vr: 'LO', value: appVersion },
  ];
  const words = `${made} by a generative model; sha256 ${modelHash}`;
  const contribution: DicomElement[] = [
    ...named,
    { tag: 0x0018a002, vr: 'DT', value: `${date}${time}` },
    { tag: 0x0018a003, vr: 'ST', value: words },
    coded(0x0040a170, { value: '109100', scheme: 'DCM', meaning: 'Synthesizing Equipment' }),
  ];
  return [...named, { tag: 0x0018a001, vr: 'SQ', value: [contribution] }];
}

/** What every instance says of itself, whatever its class: General Image, SOP Common and what marks it as made here. */
export function instance(
  origin: DicomOrigin,
  sopClassUid: string,
  sopInstanceUid: string,
): DicomElement[] {
  const { date, time } = dateTime(origin.createdAt);
  return [
    { tag: 0x00080005, vr: 'CS', value: 'ISO_IR 192' },
    { tag: 0x00080012, vr: 'DA', value: date },
    { tag: 0x00080013, vr: 'TM', value: time },
    { tag: 0x00080016, vr: 'UI', value: sopClassUid },
    { tag: 0x00080018, vr: 'UI', value: sopInstanceUid },
    { tag: 0x00080201, vr: 'SH', value: '+0000' },
    { tag: 0x0008001c, vr: 'CS', value: 'YES' },
    { tag: 0x00080023, vr: 'DA', value: date },
    { tag: 0x00080033, vr: 'TM', value: time },
    ...derivation(origin.provenance),
    { tag: 0x00189004, vr: 'CS', value: 'RESEARCH' },
    { tag: 0x00200013, vr: 'IS', value: String(origin.instanceNumber) },
    { tag: 0x00204000, vr: 'LT', value: origin.comments },
    { tag: 0x00282110, vr: 'CS', value: '00' },
  ];
}

/** PS3.16 CID 7202: why one image names another. */
export const SOURCE_IMAGE: DicomCode = {
  value: '121322',
  scheme: 'DCM',
  meaning: 'Source image for image processing operation',
};

/** A sequence of one coded term. PS3.3 8.8. */
export function coded(tag: number, { value, scheme, meaning }: DicomCode): DicomElement {
  const term: DicomElement[] = [
    { tag: 0x00080100, vr: 'SH', value },
    { tag: 0x00080102, vr: 'SH', value: scheme },
    { tag: 0x00080104, vr: 'LO', value: meaning },
  ];
  return { tag, vr: 'SQ', value: [term] };
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
  const source: DicomElement[] = [
    { tag: 0x00081150, vr: 'UI', value: sopClassUid },
    { tag: 0x00081155, vr: 'UI', value: sopInstanceUid },
    coded(0x0040a170, SOURCE_IMAGE),
  ];
  return [...elements, { tag: 0x00082112, vr: 'SQ', value: [source] }];
}

/** DA and TM of a moment, in UTC, as (0008,0201) says: no time zone is given away. */
function dateTime(moment: Date) {
  const digits = moment.toISOString().replace(/[-:T]/g, '');
  return { date: digits.slice(0, 8), time: digits.slice(8, 14) };
}
