import { MAX_BYTES, unreadable, type DecodedImage } from './decoded-image';
import type { FetchBytes } from './dicom/dicom-codecs';
import { isDicom } from './dicom/dicom-preamble';
import { isGzip } from './inflate';
import type { DecodeBitmap } from './read-bitmap';
import type { Plane } from './nifti/read-nifti';

export type ImageFormat = 'PNG' | 'JPEG' | 'WebP' | 'DICOM' | 'NIfTI';

/** Which of a file's pictures is meant, and what a browser gives that Node does not have. */
export interface ReadImageOptions {
  /** DICOM: the frame; NIfTI: the slice, absent: the middle one. From 0. */
  frame?: number;
  /** NIfTI. */
  plane?: Plane;
  decodeBitmap?: DecodeBitmap;
  fetchBytes?: FetchBytes;
}

/** Reads one picture of a file of any known format; its bytes decide which one it is, not its name. */
export async function readImage(
  file: Blob,
  options: ReadImageOptions = {},
): Promise<DecodedImage & { format: ImageFormat }> {
  const bytes = await readBytes(file);
  const format = imageFormat(bytes);
  return { ...(await readAs(format, bytes, options)), format };
}

/** The whole file in memory, if it is not larger than that may be. */
export async function readBytes(file: Blob): Promise<Uint8Array<ArrayBuffer>> {
  if (file.size === 0) throw unreadable('This file is empty.');
  if (file.size > MAX_BYTES) {
    throw unreadable(
      `This file is too large (expected at most ${MAX_BYTES} bytes, got ${file.size}).`,
      'Choose a smaller one.',
    );
  }
  return new Uint8Array(await file.arrayBuffer());
}

/** By the first bytes; `ImageUnreadable` where they are of no known format. */
export function imageFormat(bytes: Uint8Array<ArrayBuffer>): ImageFormat {
  const known = signatureOf(bytes);
  if (known) return known;
  throw unreadable(
    'This is no image that can be read here (expected PNG, JPEG, WebP, DICOM or NIfTI). It may be damaged, encrypted or of ' +
      'another kind.',
  );
}

function signatureOf(bytes: Uint8Array): ImageFormat | null {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (text(1, 4) === 'PNG' && bytes[0] === 0x89) return 'PNG';
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'JPEG';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'WebP';
  // NIfTI-1 says so at the end of its header, NIfTI-2 at the start; of the formats here only NIfTI comes in gzip.
  if (isGzip(bytes)) return 'NIfTI';
  if (text(344, 347) === 'n+1' || text(4, 7) === 'n+2') return 'NIfTI';
  return isDicom(bytes) ? 'DICOM' : null;
}

async function readAs(
  format: ImageFormat,
  bytes: Uint8Array<ArrayBuffer>,
  { frame, plane = 'axial', decodeBitmap, fetchBytes }: ReadImageOptions,
): Promise<DecodedImage> {
  if (format === 'PNG') return (await import('./read-png')).readPng(bytes);
  if (format === 'DICOM') {
    const dicom = await (await import('./dicom/read-dicom')).openDicom(bytes, fetchBytes);
    return dicom.readFrame(frame ?? 0);
  }
  if (format === 'NIfTI') {
    const { numSlices, openNifti, sliceOf } = await import('./nifti/read-nifti');
    const volume = await openNifti(bytes);
    return sliceOf(volume, plane, frame ?? Math.floor(numSlices(volume, plane) / 2));
  }
  return (await import('./read-bitmap')).readBitmap(bytes, format, decodeBitmap);
}
