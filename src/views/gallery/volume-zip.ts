import { dicomOrigin } from '../../dataset/formats/modality';
import { zipVolumeDicom } from '../../dataset/zip/volume-zip';
import { modelHash } from '../../models/manifest/located-model';
import type { ModelEntry } from '../../models/manifest/manifest';
import type { GalleryEntry } from './gallery-entry';
import { describeEntry } from './gallery-export';

/** The volume of a picture of the gallery as a DICOM series with a segmentation; `own` is the studio's model. */
export async function zipVolumeOf(
  entry: GalleryEntry,
  own: ModelEntry,
  appVersion: string,
): Promise<Blob> {
  const { record, model } = describeEntry(entry, own, await modelHash(own));
  return zipVolumeDicom(entry.volume!, dicomOrigin(record, { models: [model], appVersion }, 0));
}
