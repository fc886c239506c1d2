import type { DicomSource } from '../../contract/provenance';

/** UIDs are digits and dots, at most 64 of them. PS3.5 9.1. */
const UID = /^[0-9.]{1,64}$/;

/**
 * What a picture made from a DICOM file has to say truthfully of that: whether text is burned in, and which instance it is.
 * Nothing else of the header. Empty where the file cannot be read so far; nothing throws.
 */
export async function readDicomSource(bytes: Uint8Array<ArrayBuffer>): Promise<DicomSource> {
  const { default: parser } = await import('dicom-parser');
  try {
    const file = parser.parseDicom(bytes, { untilTag: 'x00290000' });
    const uid = (tag: string) => {
      const value = file.string(tag)?.trim() ?? '';
      return UID.test(value) ? value : undefined;
    };
    const burnedIn = file.string('x00280301')?.trim();
    const [sopClassUid, sopInstanceUid] = [uid('x00080016'), uid('x00080018')];
    return {
      ...(burnedIn === 'YES' || burnedIn === 'NO' ? { burnedIn } : {}),
      ...(sopClassUid && sopInstanceUid ? { sopClassUid, sopInstanceUid } : {}),
    };
  } catch {
    return {}; // deflated, or damaged behind what was needed for its pixels
  }
}
