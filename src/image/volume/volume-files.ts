import type { GeneratedVolume } from '../../contract/picture';
import type { Provenance } from '../../contract/provenance';
import { labelVolumes, type LabelledVolume } from './labelled-volume';
import { niftiWords } from '../provenance';
import { openNifti } from '../nifti/read-nifti';
import { placeOf } from './voxel-place';
import { encodeNiftiGz } from '../nifti/write-nifti';

/**
 * A volume and its label map as two NIfTI files on the same grid, the patient's right, front and top along the axes. Both say
 * what the volume was made from.
 */
export async function encodeVolume(
  volume: LabelledVolume,
  provenance: Provenance,
): Promise<GeneratedVolume> {
  const words = niftiWords(provenance);
  const encode = (samples: Uint8Array) =>
    encodeNiftiGz({ ...niftiContent(volume, samples), ...words });
  const [image, labels] = await Promise.all([encode(volume.image), encode(volume.labelMap)]);
  const { size, labelCodes } = volume;
  const facts = { size, labelMm3: labelVolumes(volume), ...(labelCodes && { labelCodes }) };
  return { image, labels, ...facts };
}

function niftiContent({ size, spacingMm }: LabelledVolume, samples: Uint8Array) {
  const [width, height, numSlices] = size;
  return {
    width,
    height,
    numSlices,
    channels: 1 as const,
    spacing: spacingMm,
    samples: xFastest(samples, size),
    directions: [1, 1, 1] as [1, 1, 1],
  };
}

/** Row-major [x][y][z] as NIfTI keeps it: x runs fastest. */
export function xFastest(samples: Uint8Array, [sizeX, sizeY, sizeZ]: [number, number, number]) {
  const turned = new Uint8Array(samples.length);
  for (let i = 0; i < turned.length; i++) {
    const [x, y, z] = [i % sizeX, Math.floor(i / sizeX) % sizeY, Math.floor(i / (sizeX * sizeY))];
    turned[i] = samples[(x * sizeY + y) * sizeZ + z];
  }
  return turned;
}

/** The inverse of `xFastest`. */
export function xSlowest(samples: Uint8Array, [sizeX, sizeY, sizeZ]: [number, number, number]) {
  const turned = new Uint8Array(samples.length);
  for (let i = 0; i < turned.length; i++) {
    const [x, y, z] = placeOf(i, [sizeX, sizeY, sizeZ]);
    turned[i] = samples[x + sizeX * (y + sizeY * z)];
  }
  return turned;
}

/** The bytes of a file that `encodeVolume` wrote, row-major [x][y][z]. */
export async function readVoxels(nifti: Blob): Promise<Uint8Array<ArrayBuffer>> {
  const { shape, first, strides, view } = await openNifti(
    new Uint8Array(await nifti.arrayBuffer()),
  );
  const voxels = new Uint8Array(shape[0] * shape[1] * shape[2]);
  for (let i = 0; i < voxels.length; i++) {
    const [x, y, z] = placeOf(i, shape);
    voxels[i] = view.getUint8(first + x * strides[0] + y * strides[1] + z * strides[2]);
  }
  return voxels;
}
