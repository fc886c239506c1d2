import type { GeneratedVolume } from '../../workers/api';
import { appError } from '../errors';
import type { DatasetFile, ImageRecord } from './dataset-item';
import type { ImageFileFormat } from './encode-image';
import { csvLine } from './labels';

/** What lies in images/ for a volume: as NIfTI the volume itself, as PNG three planes of it. `RequestInvalid` for DICOM. */
export function volumePicture(png: Blob, { image }: GeneratedVolume, format: ImageFileFormat) {
  if (format === 'nifti') return { blob: image, ending: 'nii.gz' };
  if (format !== 'dicom') return { blob: png, ending: 'png' };
  throw appError(
    'RequestInvalid',
    'Volumes are not written as DICOM yet (expected PNG or NIfTI). Choose one of these for the export.',
  );
}

/** The volume and its label map, two NIfTI files on one grid. */
export function volumePair(id: string, { image, labels }: GeneratedVolume): DatasetFile[] {
  return [
    { path: `volumes/${id}.nii.gz`, blob: image },
    { path: `volumes/${id}_label.nii.gz`, blob: labels },
  ];
}

/** volumes.csv: the files of each volume, what was asked for and what its label map holds. */
export class VolumeTable {
  #rows: Record<string, string>[] = [];

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  add(
    { covariates }: ImageRecord,
    picture: string,
    [image, labels]: DatasetFile[],
    { size, labelMm3 }: GeneratedVolume,
  ) {
    const row: Record<string, string> = {
      ...{ image: image.path, labels: labels.path, picture, shape: size.join('x') },
    };
    for (const [name, mm3] of Object.entries(covariates)) row[`asked ${name}`] = `${mm3}`;
    for (const [name, mm3] of Object.entries(labelMm3)) row[`${name} mm3`] = `${mm3}`;
    this.#rows.push(row);
  }

  /** Header and rows; a volume that was not asked for something has an empty cell there. */
  lines(): string[] {
    const columns = [...new Set(this.#rows.flatMap((row) => Object.keys(row)))];
    const rows = this.#rows.map((row) => csvLine(columns.map((name) => row[name] ?? '')));
    return [csvLine(columns), ...rows];
  }
}
