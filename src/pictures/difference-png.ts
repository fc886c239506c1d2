import { encodeSamples } from '../image/png';
import type { ModelEntry } from '../models/manifest/manifest';
import { readSource } from './source-image';

/** How far apart two pictures of one size are: a grey PNG, the mean absolute difference of the colours of each pixel. */
export async function differencePng(a: Blob, b: Blob, entry: ModelEntry): Promise<Blob> {
  const read = async (png: Blob) => (await readSource(png, entry, { fit: 'crop' })).rgb;
  const [before, after] = [await read(a), await read(b)];
  const { width, height } = entry.image;
  const samples = Uint8Array.from({ length: width * height }, (_, i) => {
    const apart = [0, 1, 2].map((c) => Math.abs(after[3 * i + c] - before[3 * i + c]));
    return Math.round((apart[0] + apart[1] + apart[2]) / 3);
  });
  return encodeSamples({ width, height, samples }, { Description: 'Difference of two pictures' });
}
