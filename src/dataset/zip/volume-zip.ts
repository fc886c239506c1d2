import type { GeneratedVolume } from '../../contract/picture';
import type { DicomOrigin } from '../../image/dicom/dicom-origin';
import { encodeVolumeDicom } from '../../image/dicom/dicom-volume';
import { writeZip } from './zip-stream';

/** A volume as a DICOM series with its segmentation, all in one ZIP. */
export async function zipVolumeDicom(volume: GeneratedVolume, origin: DicomOrigin): Promise<Blob> {
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>();
  const headers = { 'Content-Type': 'application/zip' };
  const [zip] = await Promise.all([
    new Response(readable, { headers }).blob(),
    writeZip(inTurn(volume, origin), writable as WritableStream<Uint8Array>, origin),
  ]);
  return zip;
}

async function* inTurn(volume: GeneratedVolume, origin: DicomOrigin) {
  yield* await encodeVolumeDicom(volume, origin);
}
