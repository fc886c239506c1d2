import type { VolumeFacts } from '../models/manifest';
import { unreadable } from './decoded-image';
import { openNifti, type Volume } from './read-nifti';

/** How far a spacing may be off the model's, mm. */
const SPACING_SLACK_MM = 0.01;

/**
 * A label map out of a NIfTI file, [x][y][z] of a model's size, its two parts in the middle of it; 0 around it where the file is
 * smaller, cut where it is larger. Throws `ImageUnreadable` for another spacing, another number than the model's labels, a
 * missing part, a file of several volumes, and parts that do not fit.
 */
export async function readLabelMap(
  file: Blob,
  facts: VolumeFacts,
): Promise<Uint16Array<ArrayBuffer>> {
  const volume = await openNifti(new Uint8Array(await file.arrayBuffer()));
  checkGrid(volume, facts);
  const labels = readVoxels(volume, facts);
  return centred(labels, volume.shape, facts);
}

function checkGrid(
  { spacing: said, numVolumes, type, warnings }: Volume,
  { spacingMm }: VolumeFacts,
) {
  if (numVolumes !== 1 || type.channels !== 1) {
    throw unreadable(
      `This label map holds ${numVolumes} volumes of ${type.channels} channels (expected one of one).`,
      'Save one volume of whole numbers.',
    );
  }
  // Where the file's axes make no sense, its reader takes them for those of the patient, and says so.
  const spacing = warnings.length > 0 ? null : said;
  const off =
    spacing?.some((mm, axis) => Math.abs(mm - spacingMm[axis]) > SPACING_SLACK_MM) ?? true;
  if (!off) return;
  throw unreadable(
    `This label map has a spacing of ${spacing?.map((mm) => mm.toFixed(2)).join(' × ') ?? '?'} mm (expected ` +
      `${spacingMm.join(' × ')}).`,
    'Resample it, by the nearest voxel, then open it again.',
  );
}

/** [x][y][z] as in the file, every value one of the model's labels, both parts among them. */
function readVoxels(
  { shape, first, strides, type, view, littleEndian, rescale }: Volume,
  { labels: names }: VolumeFacts,
): Uint8Array {
  const [sizeX, sizeY, sizeZ] = shape;
  const labels = new Uint8Array(sizeX * sizeY * sizeZ);
  const found = names.map(() => false);
  for (let i = 0; i < labels.length; i++) {
    const [x, y, z] = [Math.floor(i / (sizeY * sizeZ)), Math.floor(i / sizeZ) % sizeY, i % sizeZ];
    const voxel = first + x * strides[0] + y * strides[1] + z * strides[2];
    const stored = type.read(view, voxel * type.bytes, littleEndian);
    const value = stored * rescale.slope + rescale.intercept;
    if (!(Number.isInteger(value) && value >= 0 && value < names.length)) {
      throw unreadable(
        `This label map holds the value ${value} at voxel ${x + 1}, ${y + 1}, ${z + 1} (expected ${listed(names)}).`,
        'Give it these numbers.',
      );
    }
    labels[i] = value;
    found[value] = true;
  }
  const missing = found.findIndex((is, label) => !is && label > 0);
  if (missing < 0) return labels;
  throw unreadable(
    `This label map holds no ${missing} (expected ${listed(names)}, all of them).`,
    'Choose one with both parts in it.',
  );
}

function listed(names: readonly string[]): string {
  return names.map((name, label) => `${label} (${name})`).join(', ');
}

/** The middle of the labels' bounding box in the middle of the model's frame; training/volumes/data.py, place. */
function centred(
  labels: Uint8Array,
  shape: [number, number, number],
  { size }: VolumeFacts,
): Uint16Array<ArrayBuffer> {
  const strides = [shape[1] * shape[2], shape[2], 1];
  const low = [...shape];
  const high = [0, 0, 0];
  const place = (i: number) => strides.map((stride, axis) => Math.floor(i / stride) % shape[axis]);
  for (const [i, label] of labels.entries()) {
    if (label === 0) continue;
    for (const [axis, at] of place(i).entries()) {
      low[axis] = Math.min(low[axis], at);
      high[axis] = Math.max(high[axis], at + 1);
    }
  }
  if (size.some((voxels, axis) => high[axis] - low[axis] > voxels)) {
    throw unreadable(
      `The labelled parts measure ${high.map((end, axis) => end - low[axis]).join(' × ')} voxels (expected at most ` +
        `${size.join(' × ')}).`,
      'Choose a smaller one.',
    );
  }
  const start = size.map((voxels, axis) => Math.floor((low[axis] + high[axis]) / 2) - voxels / 2);
  const framed = new Uint16Array(size[0] * size[1] * size[2]);
  for (const [i, label] of labels.entries()) {
    if (label === 0) continue;
    const [x, y, z] = place(i).map((at, axis) => at - start[axis]);
    framed[(x * size[1] + y) * size[2] + z] = label;
  }
  return framed;
}
