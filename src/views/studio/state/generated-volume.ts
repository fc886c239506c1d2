import type { GeneratedVolume } from '../../../contract/picture';
import type { ModelEntry } from '../../../models/manifest/manifest';
import type { GalleryEntry } from '../../gallery/gallery-entry';
import { saveBlob } from '../../../browser/save-file';
import { texts } from '../texts/studio';
import { grouped } from '../../../languages/numbers';

/** Given at build time: package.json's. */
declare const __APP_VERSION__: string;

/** "drawn: anterior hippocampus 1,702 mm³, posterior hippocampus 1,498 mm³". */
export function labelWords({ labelMm3 }: GeneratedVolume): string {
  return texts.drawn(mm3Words(labelMm3));
}

/** The same without "drawn". */
export function mm3Words(labelMm3: Record<string, number>): string {
  return Object.entries(labelMm3)
    .map(([name, mm3]) => `${name} ${grouped(Math.round(mm3))} mm³`)
    .join(', ');
}

/** Both NIfTI files of a volume, named after its picture. */
export function saveVolume({ image, labels }: GeneratedVolume, pngName: string) {
  const name = pngName.replace(/\.png$/, '');
  saveBlob(image, `${name}.nii.gz`);
  saveBlob(labels, `${name}_label.nii.gz`);
}

/** The same as a DICOM series with a segmentation, in a ZIP; `own` is the studio's model. */
export async function saveVolumeDicom(entry: GalleryEntry, own: ModelEntry) {
  const { zipVolumeOf } = await import('../../gallery/volume-zip');
  const zip = await zipVolumeOf(entry, own, __APP_VERSION__);
  saveBlob(zip, entry.fileName.replace(/\.png$/, '_dicom.zip'));
}
