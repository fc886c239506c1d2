import type { InitImage } from '../../../contract/request';
import type { SourceImage } from '../../../pictures/source-image';

/** What a request says of the image that it starts from; its UIDs only where they may be named. */
export function sourceInRequest(
  { rgb, voxels, sourceId, from = { origin: 'outside' }, dicom }: SourceImage,
  nameSource: boolean,
): Omit<InitImage, 'strength'> {
  const { burnedIn } = dicom ?? {};
  const said = nameSource ? dicom : burnedIn && { burnedIn };
  const added = from.origin === 'outside' && said ? { dicom: said } : {};
  const pixels = voxels ? { voxels } : { rgb };
  return { ...pixels, ...(sourceId && { sourceId }), from: { ...from, ...added } };
}
