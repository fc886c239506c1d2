/** Endings of the formats that are read here. */
export const IMAGE_ENDING = /\.(png|jpe?g|webp|dcm|dicom|ima|nii|nii\.gz)$/i;

/** What lies beside images without an ending and is none. */
const OTHER = /^(DICOMDIR|README|LICEN[CS]E|NOTICE|CHANGELOG|CITATION|VERSION|Makefile|\w*SUMS?)$/i;

/**
 * Whether a file may be an image, by its name: one of the known endings; or none at all, or numbers only, as scanners and
 * archives name DICOM files ("IM000000", "1.2.840.1"). What is in it is seen when it is read.
 */
export function mayBeImage(path: string): boolean {
  const name = path.split('/').at(-1)!;
  if (IMAGE_ENDING.test(name)) return true;
  return /^[^.]+$|^[^.].*\.\d+$/.test(name) && !OTHER.test(name);
}
