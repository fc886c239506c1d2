import { unreadable, type DecodedImage, type Padding, type Window } from './decoded-image';
import type { Plane, Volume } from './nifti/read-nifti';

/**
 * What an imported file holds beyond 8 bits: its values as they are, and nothing of its header but what closed lists allow.
 */
export interface StoredOriginal {
  /** .nii.gz, written anew: no text of the file is in it. */
  nifti: Blob;
  unit: string | null;
  photometric: DecodedImage['photometric'];
  windows: Window[];
  facts: Record<string, string>;
  padding?: Padding;
  pixelRatio?: number;
}

/** A stored original, opened: slices are made when they are asked for. */
export interface OpenOriginal {
  volume: Volume;
  slice(plane: Plane, index: number): DecodedImage;
}

/** An imported file is nobody's synthetic image until somebody proves it. */
const IMPORTED = {
  description: 'imported by the user; not known to be synthetic',
  kind: 'imported',
} as const;

/** Larger ones are kept as 8-bit pictures only. */
const MAX_VALUES = 2 ** 26;

/** The original of a file that says more than 8 bits do, or is a volume; null for all others. */
export async function storeOriginal(
  file: Blob,
  image: DecodedImage & { format: string },
): Promise<StoredOriginal | null> {
  const { photometric, windows, facts, rescale, format, padding, pixelRatio } = image;
  const meaning = { unit: rescale.unit, photometric, windows, facts, padding, pixelRatio };
  if (format === 'NIfTI') {
    const nifti = await rewriteVolume(new Uint8Array(await file.arrayBuffer()));
    return nifti && { nifti, ...meaning };
  }
  const plain = image.bits <= 8 && format !== 'DICOM';
  if (plain || image.channels === 3) return null;
  const { encodeNiftiGz } = await import('./nifti/write-nifti');
  const { width, height, samples, spacing } = image;
  const nifti = await encodeNiftiGz({
    width,
    height,
    samples,
    rescale,
    numSlices: 1,
    channels: 1,
    ...IMPORTED,
    spacing: spacing && [spacing.x, spacing.y, 1],
  });
  return { nifti, ...meaning };
}

/** The same voxels along the patient's axes, of all its volumes, without any text; null where they are too many. */
async function rewriteVolume(bytes: Uint8Array<ArrayBuffer>): Promise<Blob | null> {
  const [{ numSlices, openNifti, sliceOf }, { encodeNiftiGz }] = await Promise.all([
    import('./nifti/read-nifti'),
    import('./nifti/write-nifti'),
  ]);
  const volume = await openNifti(bytes);
  const { numVolumes, spacing } = volume;
  const count = numSlices(volume, 'axial');
  const first = sliceOf(volume, 'axial', 0);
  const { width, height, channels, rescale } = first;
  const length = first.samples.length;
  if (length * count * numVolumes > MAX_VALUES) return null;
  const samples = volume.type.create(length * count * numVolumes);
  for (let i = 0; i < count * numVolumes; i++) {
    const slice = sliceOf(volume, 'axial', i % count, Math.floor(i / count));
    samples.set(slice.samples, i * length);
  }
  const content = { width, height, channels, rescale, samples, numSlices: count, numVolumes };
  return encodeNiftiGz({ ...content, spacing, ...IMPORTED });
}

/** Opens what `storeOriginal` has made. */
export async function openOriginal(stored: StoredOriginal): Promise<OpenOriginal> {
  const { openNifti, sliceOf } = await import('./nifti/read-nifti');
  if (stored.nifti.size === 0) throw unreadable('The stored original is empty.');
  const volume = await openNifti(new Uint8Array(await stored.nifti.arrayBuffer()));
  const { unit, photometric, windows, facts, padding, pixelRatio } = stored;
  return {
    volume,
    slice(plane, index) {
      const image = sliceOf(volume, plane, index);
      if (image.channels === 3) return image;
      const rescale = { ...image.rescale, unit };
      const meaning = { rescale, photometric, windows, facts, padding, pixelRatio };
      return { ...image, ...meaning, warnings: [] };
    },
  };
}
