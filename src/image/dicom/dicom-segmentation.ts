import type { GeneratedVolume } from '../../contract/picture';
import type { LabelCode } from '../../models/manifest/manifest';
import { encodeDicomFile, newUid, type DicomElement } from './dicom-encoding';
import {
  coded,
  equipment,
  instance,
  patientAndStudy,
  SOURCE_IMAGE,
  type DicomOrigin,
} from './dicom-origin';
import {
  frameOfReference,
  MR_IMAGE,
  ORIENTATION,
  pixelMeasures,
  type DicomSeries,
} from './dicom-series';
import { sliceOf, type Volume } from '../nifti/read-nifti';

/** Segmentation Storage. PS3.4 B.5. */
const SEGMENTATION = '1.2.840.10008.5.1.4.1.1.66.4';
/** PS3.16 CID 7150 and, where a model names no code of its own, its property type too. */
const ANATOMICAL_STRUCTURE = { value: '91723000', scheme: 'SCT', meaning: 'Anatomical structure' };
const SEGMENT_NUMBER = 0x0062000b;
const POSITION = 0x00200032;

/** One slice of one segment. */
interface Frame {
  segment: number;
  /** From 0. */
  slice: number;
  /** Of the slice, one bit a pixel. */
  inside: boolean[];
}

/**
 * A label map as a binary segmentation, one segment a label, one frame for each slice that a label is in. Each frame names the
 * slice of the series that it lies on. PS3.3 A.51, C.8.20.
 */
export function encodeSegmentation(
  labels: Volume,
  { labelMm3, labelCodes }: Pick<GeneratedVolume, 'labelMm3' | 'labelCodes'>,
  series: DicomSeries,
): Blob {
  const names = Object.keys(labelMm3);
  const frames = names.flatMap((_, k) => framesOf(labels, series, k + 1));
  const sopInstanceUid = newUid();
  const origin: DicomOrigin = {
    ...series.origin,
    modality: 'SEG',
    seriesUid: newUid(),
    seriesNumber: 2,
    instanceNumber: 1,
    seriesDescription: 'Label map of a synthetic volume',
  };
  const bytes = encodeDicomFile(SEGMENTATION, sopInstanceUid, [
    // The number of the patient is the volume's.
    ...patientAndStudy({ ...origin, instanceNumber: series.origin.instanceNumber }),
    ...frameOfReference(series),
    ...equipment(origin),
    // Enhanced General Equipment wants a number: what made it is its weights.
    { tag: 0x00181000, vr: 'LO', value: origin.modelHash },
    ...instance(origin, SEGMENTATION, sopInstanceUid),
    ...segmentationImage(labels, frames),
    {
      tag: 0x00620002,
      vr: 'SQ',
      value: names.map((name, k) => segment(name, k, labelCodes?.[k], origin)),
    },
    ...dimensions(),
    { tag: 0x52009229, vr: 'SQ', value: [sharedByFrames(series)] },
    { tag: 0x52009230, vr: 'SQ', value: frames.map((frame) => frameGroups(frame, series)) },
    { tag: 0x00081115, vr: 'SQ', value: [referencedSeries(series)] },
  ]);
  return new Blob([bytes], { type: 'application/dicom' });
}

/** A segment must have a frame: where its label is nowhere, an empty one. */
function framesOf(labels: Volume, { slices }: DicomSeries, label: number): Frame[] {
  const all = slices.map((_, slice): Frame => {
    const { samples } = sliceOf(labels, 'axial', slice);
    return { segment: label, slice, inside: Array.from(samples, (value) => value === label) };
  });
  const filled = all.filter(({ inside }) => inside.includes(true));
  return filled.length > 0 ? filled : all.slice(0, 1);
}

/** Segmentation Image, Multi-frame and Image Pixel. */
function segmentationImage({ shape: [width, height] }: Volume, frames: Frame[]): DicomElement[] {
  return [
    { tag: 0x00080008, vr: 'CS', value: 'DERIVED\\PRIMARY' },
    { tag: 0x00280002, vr: 'US', value: 1 },
    { tag: 0x00280004, vr: 'CS', value: 'MONOCHROME2' },
    { tag: 0x00280008, vr: 'IS', value: String(frames.length) },
    { tag: 0x00280010, vr: 'US', value: height },
    { tag: 0x00280011, vr: 'US', value: width },
    { tag: 0x00280100, vr: 'US', value: 1 },
    { tag: 0x00280101, vr: 'US', value: 1 },
    { tag: 0x00280102, vr: 'US', value: 0 },
    { tag: 0x00280103, vr: 'US', value: 0 },
    { tag: 0x00620001, vr: 'CS', value: 'BINARY' },
    { tag: 0x00620013, vr: 'CS', value: 'NO' },
    { tag: 0x00700080, vr: 'CS', value: 'LABEL_MAP' },
    { tag: 0x00700081, vr: 'LO', value: 'Label map of a synthetic volume' },
    { tag: 0x00700084, vr: 'PN', value: '' },
    { tag: 0x7fe00010, vr: 'OB', value: packBits(frames) },
  ];
}

/** One bit a pixel, the first in the lowest bit; frames follow each other without a gap. PS3.5 8.1.1 and annex D. */
function packBits(frames: Frame[]): Uint8Array<ArrayBuffer> {
  const bits = frames.flatMap(({ inside }) => inside);
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [i, bit] of bits.entries()) if (bit) bytes[i >> 3] |= 1 << (i & 7);
  return bytes;
}

/** An item of the Segment Sequence. */
function segment(
  name: string,
  index: number,
  code: LabelCode | undefined,
  { model }: DicomOrigin,
): DicomElement[] {
  const { type, modifier } = code ?? { type: ANATOMICAL_STRUCTURE };
  return [
    { tag: 0x00620004, vr: 'US', value: index + 1 },
    { tag: 0x00620005, vr: 'LO', value: name },
    { tag: 0x00620006, vr: 'ST', value: 'Drawn by a generative model together with the image' },
    { tag: 0x00620008, vr: 'CS', value: 'AUTOMATIC' },
    { tag: 0x00620009, vr: 'LO', value: model },
    coded(0x00620003, ANATOMICAL_STRUCTURE),
    { ...coded(0x0062000f, type), ...(modifier && withModifier(type, modifier)) },
  ];
}

/** The property type's own item holds the modifier. */
function withModifier(
  type: LabelCode['type'],
  modifier: LabelCode['type'],
): Pick<DicomElement, 'value'> {
  const [term] = coded(0x0062000f, type).value as DicomElement[][];
  return { value: [[...term, coded(0x00620011, modifier)]] };
}

/** Multi-frame Dimension: frames are told apart by their segment, then by their place. */
function dimensions(): DicomElement[] {
  const uid = newUid();
  const index = (tag: number, group: number, label: string): DicomElement[] => [
    { tag: 0x00209164, vr: 'UI', value: uid },
    { tag: 0x00209165, vr: 'AT', value: tag },
    { tag: 0x00209167, vr: 'AT', value: group },
    { tag: 0x00209421, vr: 'LO', value: label },
  ];
  return [
    { tag: 0x00209221, vr: 'SQ', value: [[{ tag: 0x00209164, vr: 'UI', value: uid }]] },
    {
      tag: 0x00209222,
      vr: 'SQ',
      value: [
        index(SEGMENT_NUMBER, 0x0062000a, 'Segment Number'),
        index(POSITION, 0x00209113, 'Image Position Patient'),
      ],
    },
  ];
}

/** Plane Orientation and Pixel Measures. */
function sharedByFrames(series: DicomSeries): DicomElement[] {
  return [
    { tag: 0x00209116, vr: 'SQ', value: [[{ tag: 0x00200037, vr: 'DS', value: ORIENTATION }]] },
    { tag: 0x00289110, vr: 'SQ', value: [pixelMeasures(series)] },
  ];
}

/** Derivation Image, Frame Content, Plane Position and Segment Identification. */
function frameGroups({ segment: number, slice }: Frame, { slices }: DicomSeries): DicomElement[] {
  const { sopInstanceUid, position } = slices[slice];
  const source: DicomElement[] = [
    ...reference(sopInstanceUid),
    { tag: 0x0028135a, vr: 'CS', value: 'YES' }, // Spatial Locations Preserved
    coded(0x0040a170, SOURCE_IMAGE),
  ];
  const derived: DicomElement[] = [
    { tag: 0x00082112, vr: 'SQ', value: [source] },
    coded(0x00089215, { value: '113076', scheme: 'DCM', meaning: 'Segmentation' }),
  ];
  return [
    { tag: 0x00089124, vr: 'SQ', value: [derived] },
    {
      tag: 0x00209111,
      vr: 'SQ',
      value: [[{ tag: 0x00209157, vr: 'UL', value: [number, slice + 1] }]],
    },
    { tag: 0x00209113, vr: 'SQ', value: [[{ tag: POSITION, vr: 'DS', value: position }]] },
    { tag: 0x0062000a, vr: 'SQ', value: [[{ tag: SEGMENT_NUMBER, vr: 'US', value: number }]] },
  ];
}

/** Common Instance Reference. */
function referencedSeries({ origin, slices }: DicomSeries): DicomElement[] {
  return [
    { tag: 0x0020000e, vr: 'UI', value: origin.seriesUid! },
    {
      tag: 0x0008114a,
      vr: 'SQ',
      value: slices.map(({ sopInstanceUid }) => reference(sopInstanceUid)),
    },
  ];
}

function reference(sopInstanceUid: string): DicomElement[] {
  return [
    { tag: 0x00081150, vr: 'UI', value: MR_IMAGE },
    { tag: 0x00081155, vr: 'UI', value: sopInstanceUid },
  ];
}
