import type { DicomSource, SourceOrigin } from '../contract/provenance';
import type { ModelEntry, VolumeFacts } from '../models/manifest/manifest';
import type { Fit } from '../image/model-input';
import type { Plane } from '../image/nifti/read-nifti';

/** A picture at the model's size, as a request takes it. */
export interface SourceImage {
  /** [height · width · 3]; of a volume, for a model of volumes, three planes of it. */
  rgb: Uint8Array<ArrayBuffer>;
  /** For a model of volumes: [x][y][z], grey. */
  voxels?: Uint8Array<ArrayBuffer>;
  /** sha256 of `voxels` or `rgb`; null where the browser computes none (plain http). */
  sha256: string | null;
  /** The gallery's image that it is. */
  sourceId?: string;
  /** Absent: from outside. */
  from?: SourceOrigin;
  /** What its DICOM file says. */
  dicom?: DicomSource;
  /** Whole sentences: burned-in text, say. */
  warnings: string[];
  /** Pictures in the file (of a volume: slices along the plane), and which one this is, from 0. */
  numFrames: number;
  frame: number;
  /** How the volume is cut; null: the file holds pictures, not a volume. */
  plane: Plane | null;
}

/** Which picture of a file is meant, and how it is brought to the model's size. */
export interface SourceChoice {
  fit: Fit;
  /** Absent: the first, of a volume the middle one. */
  frame?: number;
  /** Of volumes only. */
  plane?: Plane;
}

/** Reads one picture of a file of any known format, for a model of volumes a volume. `ImageUnreadable` where that cannot be done. */
export async function readSource(
  file: Blob,
  { image: size, volume }: ModelEntry,
  { fit, frame, plane = 'axial' }: SourceChoice,
): Promise<SourceImage> {
  if (volume) return readVolumeSource(file, volume, frame);
  const [{ readImage }, { defaultWindow }, { toModelInput }] = await Promise.all([
    import('../image/read-image'),
    import('../image/window-level'),
    import('../image/model-input'),
  ]);
  const image = await readImage(file, frame === undefined ? { plane } : { plane, frame });
  const view = { window: defaultWindow(image), invert: false };
  const rgb = toBytes(toModelInput(image, view, { ...size, fit }));
  const { warnings, numFrames, format } = image;
  const dicom = format === 'DICOM' ? await dicomSource(file) : undefined;
  // A single slice is a picture in a volume's file.
  const isVolume = format === 'NIfTI' && (numFrames > 1 || plane !== 'axial');
  return {
    rgb,
    sha256: await hashOf(rgb),
    warnings,
    numFrames,
    frame: image.frame,
    plane: isVolume ? plane : null,
    ...(dicom && { dicom }),
  };
}

async function readVolumeSource(file: Blob, facts: VolumeFacts, frame = 0): Promise<SourceImage> {
  const [{ readVolume }, { threePlanes }, { rgbOf }] = await Promise.all([
    import('../image/volume/read-volume'),
    import('../image/volume/labelled-volume'),
    import('../image/png'),
  ]);
  const { voxels, numFrames, notes } = await readVolume(file, facts, frame);
  const rgb = rgbOf(threePlanes({ ...facts, image: voxels }));
  return {
    rgb,
    voxels,
    sha256: await hashOf(voxels),
    warnings: notes,
    numFrames,
    frame,
    plane: null,
  };
}

async function dicomSource(file: Blob): Promise<DicomSource> {
  const { readDicomSource } = await import('../image/dicom/dicom-source');
  return readDicomSource(new Uint8Array(await file.arrayBuffer()));
}

/** A picture that was painted here, on another one or on nothing. */
export async function paintedSource(
  plane: Uint32Array,
  on: SourceImage | null,
): Promise<SourceImage> {
  const rgb = new Uint8Array(plane.length * 3);
  for (const [i, colour] of plane.entries()) {
    rgb.set([colour >> 16, (colour >> 8) & 255, colour & 255], 3 * i);
  }
  const picture = { rgb, sha256: await hashOf(rgb), warnings: [], numFrames: 1, frame: 0 };
  if (on) return { ...picture, plane: null, from: on.from, dicom: on.dicom };
  return { ...picture, plane: null, from: { origin: 'sketch' } };
}

/** 0xRRGGBB of each pixel. */
export function packedColours(rgb: Uint8Array): Uint32Array<ArrayBuffer> {
  const plane = new Uint32Array(rgb.length / 3);
  for (let i = 0; i < plane.length; i++) {
    plane[i] = (rgb[3 * i] << 16) | (rgb[3 * i + 1] << 8) | rgb[3 * i + 2];
  }
  return plane;
}

/** Four bytes a pixel, for a canvas. */
export function toRgba(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255);
  for (let i = 0; i < rgb.length / 3; i++) {
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = rgb[3 * i + c];
  }
  return rgba;
}

/** [3, height, width] in −1…1 → [height · width · 3]. */
function toBytes(input: Float32Array): Uint8Array<ArrayBuffer> {
  const plane = input.length / 3;
  const rgb = new Uint8Array(input.length);
  for (let i = 0; i < input.length; i++) {
    rgb[3 * (i % plane) + Math.floor(i / plane)] = Math.round((input[i] + 1) * 127.5);
  }
  return rgb;
}

async function hashOf(rgb: Uint8Array<ArrayBuffer>): Promise<string | null> {
  if (!(crypto.subtle as SubtleCrypto | undefined)) return null;
  const digest = await crypto.subtle.digest('SHA-256', rgb);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
