import type { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import { credibleSpacing } from '../decoded-image';

/** By its magic word, n+2 or ni2. */
export function isNifti2({ magic }: NIFTI1 | NIFTI2): boolean {
  return String(magic).includes('2');
}

/**
 * Voxel to patient, three rows of [x, y, z] without the translation: the sform where it is set, else the qform, else the
 * voxel sizes along the file's own axes (nifti1.h, methods 3, 2 and 1). One that is set and turns the axes into nothing
 * is passed over, and the file's warnings say so.
 */
export function readAffine(
  header: NIFTI1 | NIFTI2,
  whole: DataView,
  warnings: string[],
): number[][] {
  const { sform_code: sform, qform_code: qform } = header;
  const sizes = voxelSizes(header, warnings, sform <= 0);
  const forms = [
    { name: 'sform', rows: sform > 0 ? fromSform(header, whole) : null },
    { name: 'qform', rows: qform > 0 ? rotation(header, sizes) : null },
  ];
  for (const { name, rows } of forms) {
    if (rows && isUsable(rows)) return rows;
    if (!rows) continue;
    warnings.push(
      `Its ${name} is set and says nothing about its axes (expected three directions); what else the file says of them is ` +
        'used.',
    );
  }
  return [0, 1, 2].map((row) => [0, 1, 2].map((i) => (row === i ? sizes[i] : 0)));
}

/** Three directions in space, of which none lies in the plane of the others. */
function isUsable([[a, b, c], [d, e, f], [g, h, i]]: number[][]): boolean {
  const lengths = [Math.hypot(a, d, g), Math.hypot(b, e, h), Math.hypot(c, f, i)];
  const volume = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const box = lengths[0] * lengths[1] * lengths[2];
  return Number.isFinite(box) && box > 0 && Math.abs(volume) > 1e-4 * box;
}

function fromSform(header: NIFTI1 | NIFTI2, whole: DataView): number[][] {
  const { littleEndian } = header;
  const wide = isNifti2(header); // NIfTI-2: float64 from byte 400
  return [0, 1, 2].map((row) =>
    [0, 1, 2].map((i) =>
      wide
        ? whole.getFloat64(400 + (row * 4 + i) * 8, littleEndian)
        : whole.getFloat32(280 + (row * 4 + i) * 4, littleEndian),
    ),
  );
}

/** Millimetres, or what the unit is, along the file's axes; 1 for what is none, as in nifti1_io.c. */
function voxelSizes({ pixDims }: NIFTI1 | NIFTI2, warnings: string[], matters: boolean): number[] {
  const sizes = [1, 2, 3].map((i) => Math.abs(pixDims[i]));
  const wrong = sizes.flatMap((size, i) => (size > 0 && Number.isFinite(size) ? [] : ['xyz'[i]]));
  if (wrong.length > 0 && matters) {
    warnings.push(
      `It does not say how far its voxels are apart along ${wrong.join(', ')}; 1 is taken for it.`,
    );
  }
  return sizes.map((size) => (size > 0 && Number.isFinite(size) ? size : 1));
}

/**
 * The qform's quaternion as a matrix, times the voxel sizes; nifti1.h, method 2. One that is longer than 1 is made 1 long,
 * as quatern_to_mat44 in nifti1_io.c does.
 */
function rotation({ quatern_b, quatern_c, quatern_d, pixDims }: NIFTI1 | NIFTI2, sizes: number[]) {
  const rest = 1 - quatern_b ** 2 - quatern_c ** 2 - quatern_d ** 2;
  const shrink = rest < 1e-7 ? 1 / Math.hypot(quatern_b, quatern_c, quatern_d) : 1;
  const [b, c, d] = [quatern_b, quatern_c, quatern_d].map((part) => part * shrink);
  const a = rest < 1e-7 ? 0 : Math.sqrt(rest);
  const handed = pixDims[0] < 0 ? -1 : 1;
  const [dx, dy, dz] = [sizes[0], sizes[1], sizes[2] * handed];
  return [
    [(a * a + b * b - c * c - d * d) * dx, 2 * (b * c - a * d) * dy, 2 * (b * d + a * c) * dz],
    [2 * (b * c + a * d) * dx, (a * a + c * c - b * b - d * d) * dy, 2 * (c * d - a * b) * dz],
    [2 * (b * d - a * c) * dx, 2 * (c * d + a * b) * dy, (a * a + d * d - b * b - c * c) * dz],
  ];
}

/** Which of the file's axes each of the patient's is nearest to, largest direction cosines first. */
export function orient(affine: number[][], dims: [number, number, number], millimetres: number) {
  const lengths = [0, 1, 2].map((i) => Math.hypot(...affine.map((row) => row[i])));
  const cosines = [0, 1, 2]
    .flatMap((axis) => [0, 1, 2].map((i) => ({ axis, i, cosine: affine[axis][i] / lengths[i] })))
    .sort((one, other) => Math.abs(other.cosine) - Math.abs(one.cosine));
  const chosen: { i: number; cosine: number }[] = [];
  for (const { axis, i, cosine } of cosines) {
    if (chosen[axis] || chosen.some((one) => one?.i === i)) continue;
    chosen[axis] = { i, cosine };
  }
  const fileStrides = [1, dims[0], dims[0] * dims[1]];
  let first = 0;
  const strides = chosen.map(({ i, cosine }) => {
    if (cosine >= 0) return fileStrides[i];
    first += fileStrides[i] * (dims[i] - 1);
    return -fileStrides[i];
  }) as [number, number, number];
  const mm = chosen.map(({ i }) => lengths[i] * millimetres);
  const credible = credibleSpacing(mm[0], mm[1]) && credibleSpacing(mm[2], mm[2]);
  return {
    shape: chosen.map(({ i }) => dims[i]) as [number, number, number],
    spacing: credible ? (mm as [number, number, number]) : null,
    first,
    strides,
  };
}
