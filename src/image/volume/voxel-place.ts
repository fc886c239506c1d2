/** Voxels along x, y and z; arrays of voxels are row-major [x][y][z]. */
export type VolumeSize = readonly [number, number, number];

/** Where element `i` of such an array lies: [x, y, z]. */
export function placeOf(i: number, [, sizeY, sizeZ]: VolumeSize): [number, number, number] {
  return [Math.floor(i / (sizeY * sizeZ)), Math.floor(i / sizeZ) % sizeY, i % sizeZ];
}
