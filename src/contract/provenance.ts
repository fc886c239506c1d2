/** Where a picture comes from. Types only. */

export type Origin = 'text' | 'mask' | 'sketch' | 'synthetic' | 'outside' | 'unknown';

export interface SourceOrigin {
  origin: 'sketch' | 'synthetic' | 'outside' | 'unknown';
  /** How much it shows itself of what it was made from, and that of its own source; nearest first. */
  before?: Similarity[];
  dicom?: DicomSource;
}

export interface DicomSource {
  /** Burned In Annotation (0028,0301); absent: the file does not say. */
  burnedIn?: 'YES' | 'NO';
  /** SOP class and instance; only where the user agrees to name them. */
  sopClassUid?: string;
  sopInstanceUid?: string;
}

export interface Similarity {
  /** Share of pixels that are the source's byte for byte, 0…1. */
  equalPixels: number;
  /** Pearson's, of the brightness of all pixels, −1…1; 0 where one of the two is of one brightness. */
  correlation: number;
  /** A part was painted anew, or what a sentence asked for was changed: the rest is the source's by intention. */
  keptPart: boolean;
}

export interface Provenance {
  origin: Origin;
  /** To the image that it was made from, and of that to its own; nearest first. Absent: there was none. */
  similarity?: Similarity[];
  dicom?: DicomSource;
}
