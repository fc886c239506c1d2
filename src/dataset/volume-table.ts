import type { GeneratedVolume } from '../contract/picture';
import type { DicomOrigin } from '../image/dicom/dicom-origin';
import type { DatasetFile, ImageRecord } from './dataset-item';
import type { ImageFileFormat } from './formats/format';
import { csvLine } from './labels';

/** What lies in images/ for a volume: as NIfTI the volume itself, else three planes of it as PNG. */
export function volumePicture(png: Blob, { image }: GeneratedVolume, format: ImageFileFormat) {
  return format === 'nifti' ? { blob: image, ending: 'nii.gz' } : { blob: png, ending: 'png' };
}

/** The files of a volume in a data set, and the paths of image and label map among them. */
export interface VolumeFiles {
  files: DatasetFile[];
  /** Of a DICOM series: its folder. */
  image: string;
  labels: string;
}

/** Two NIfTI files on one grid; or a DICOM series and its segmentation in a folder. */
export async function volumeFiles(
  volume: GeneratedVolume,
  format: ImageFileFormat,
  { id }: ImageRecord,
  origin: () => DicomOrigin,
): Promise<VolumeFiles> {
  if (format !== 'dicom') {
    const [image, labels] = [`volumes/${id}.nii.gz`, `volumes/${id}_label.nii.gz`];
    const files = [
      { path: image, blob: volume.image },
      { path: labels, blob: volume.labels },
    ];
    return { files, image, labels };
  }
  const { encodeVolumeDicom } = await import('../image/dicom/dicom-volume');
  const image = `volumes/${id}/`;
  const written = await encodeVolumeDicom(volume, origin());
  const files = written.map(({ path, blob }) => ({ path: `${image}${path}`, blob }));
  return { files, image, labels: files.at(-1)!.path };
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
    { image, labels }: Pick<VolumeFiles, 'image' | 'labels'>,
    { size, labelMm3 }: GeneratedVolume,
  ) {
    const row: Record<string, string> = {
      image,
      labels,
      picture,
      shape: size.join('x'),
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
