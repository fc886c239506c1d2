import type { VolumeFacts } from '../../models/manifest/manifest';

/** A volume and its label map, both row-major [x][y][z]; see `VolumeFacts` for where the axes run. */
export interface LabelledVolume extends VolumeFacts {
  /** 0…255. */
  image: Uint8Array<ArrayBuffer>;
  /** 0 background, 1 and 2 the parts. */
  labelMap: Uint8Array<ArrayBuffer>;
}

/** Which voxel each pixel of a plane shows. */
interface Plane {
  width: number;
  height: number;
  voxelAt(column: number, row: number): number;
}

/**
 * The middle axial, coronal and sagittal plane side by side, as radiology shows them: the patient's right on the left (on the
 * sagittal plane the front), the front or the top above.
 */
export function threePlanes({ size, image }: Pick<LabelledVolume, 'size' | 'image'>) {
  const planes = middlePlanes(size);
  const width = planes.reduce((sum, plane) => sum + plane.width, 0);
  const height = Math.max(...planes.map((plane) => plane.height));
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let i = 3; i < rgba.length; i += 4) rgba[i] = 255;
  let left = 0;
  for (const plane of planes) {
    const top = Math.floor((height - plane.height) / 2);
    for (let pixel = 0; pixel < plane.width * plane.height; pixel++) {
      const [column, row] = [pixel % plane.width, Math.floor(pixel / plane.width)];
      const at = ((top + row) * width + left + column) * 4;
      rgba.fill(image[plane.voxelAt(column, row)], at, at + 3);
    }
    left += plane.width;
  }
  return { width, height, rgba };
}

function middlePlanes([sizeX, sizeY, sizeZ]: VolumeFacts['size']): Plane[] {
  const [midX, midY, midZ] = [sizeX, sizeY, sizeZ].map((size) => Math.floor(size / 2));
  const at = (x: number, y: number, z: number) => (x * sizeY + y) * sizeZ + z;
  const [lastX, lastY, lastZ] = [sizeX - 1, sizeY - 1, sizeZ - 1];
  return [
    { width: sizeX, height: sizeY, voxelAt: (c, r) => at(lastX - c, lastY - r, midZ) },
    { width: sizeX, height: sizeZ, voxelAt: (c, r) => at(lastX - c, midY, lastZ - r) },
    { width: sizeY, height: sizeZ, voxelAt: (c, r) => at(midX, lastY - c, lastZ - r) },
  ];
}

/** mm³ of each label but the background, by its name. */
export function labelVolumes({
  labelMap,
  labels,
  spacingMm,
}: Pick<LabelledVolume, 'labels' | 'spacingMm'> & { labelMap: Iterable<number> }) {
  const counts = labels.map(() => 0);
  for (const label of labelMap) counts[label]++;
  const voxelMm3 = spacingMm.reduce((product, mm) => product * mm, 1);
  return Object.fromEntries(labels.slice(1).map((name, k) => [name, counts[k + 1] * voxelMm3]));
}
