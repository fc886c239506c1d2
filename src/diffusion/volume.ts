import type { LabelledVolume } from '../image/volume/labelled-volume';
import type { VolumeFacts } from '../models/manifest/manifest';
import { assertFinite } from './tensors';

/**
 * What the decoder draws, [3, x, y, z], as voxels: the image in −1…1, the distance to the labels' surface (positive inside) and
 * which part is nearer (positive: the first). training/volumes/fields.py, labels_of.
 */
export function toVolume(decoded: Float32Array, facts: VolumeFacts): LabelledVolume {
  assertFinite(decoded, 'the decoded voxels');
  const count = decoded.length / 3;
  // The clamped array rounds halves to even as NumPy does.
  const grey = Uint8ClampedArray.from(decoded.subarray(0, count), (x) => (x + 1) * 127.5);
  const surface = decoded.subarray(count, 2 * count);
  const part = decoded.subarray(2 * count);
  const labelMap = Uint8Array.from(surface, (d, i) => (d > 0 ? (part[i] > 0 ? 1 : 2) : 0));
  return { ...facts, image: new Uint8Array(grey.buffer), labelMap };
}
