import { boxMuller } from '../../diffusion/random';
import type { VolumeSize } from '../../image/volume/voxel-place';
import type { Random } from '../metrics/random';

/** A volume with its label map, [x][y][z]. */
export interface VolumePair {
  /** 0…255. */
  voxels: Uint8Array;
  labels: ArrayLike<number>;
}

/** What is done to a volume in training; training/volumes/augment.py, with the same chances and spreads. */
interface Change {
  mirrored: boolean;
  /** From a voxel of what comes out to the one that it is read from, in voxels from the middle, row-major. */
  matrix: number[];
  shift: number[];
  /** Voxels along each axis at the points of BEND; null: none. */
  bend: Float32Array[] | null;
  /** null: brightness stays. */
  tone: { gain: number; gamma: number; shading: Float32Array } | null;
}

const UNTOUCHED = 0.35;
const MAX_SHIFT = 2;
const BEND: VolumeSize = [5, 7, 5];
const BEND_VOXELS = 2;
const SHADING: VolumeSize = [3, 3, 3];

/**
 * Writes a volume as `x`, [1, …size] in −1…1, and its label map as `targets`, [classes, …size], one-hot. `random`: mirrored, zoomed,
 * turned, bent, shifted and toned, or not, as it decides; what lies outside repeats the edge.
 */
export function writeVolume(
  { voxels, labels }: VolumePair,
  size: VolumeSize,
  x: Float32Array,
  targets: Float32Array,
  random: Random | null,
) {
  targets.fill(0);
  const volume = voxels.length;
  if (!random) {
    for (let i = 0; i < volume; i++) x[i] = voxels[i] / 127.5 - 1;
    if (targets.length) for (let i = 0; i < volume; i++) targets[labels[i] * volume + i] = 1;
    return;
  }
  const change = drawChange(random);
  const { matrix, shift, bend, tone, mirrored } = change;
  const middle = size.map((n) => (n - 1) / 2);
  const near = createCorners();
  const [place, from] = [new Float64Array(3), new Float64Array(3)];
  let i = 0;
  for (let ix = 0; ix < size[0]; ix++) {
    for (let iy = 0; iy < size[1]; iy++) {
      for (let iz = 0; iz < size[2]; iz++, i++) {
        place[0] = mirrored ? size[0] - 1 - ix : ix;
        place[1] = iy;
        place[2] = iz;
        for (let axis = 0; axis < 3; axis++) {
          from[axis] = shift[axis] + middle[axis];
          for (let k = 0; k < 3; k++) from[axis] += matrix[3 * axis + k] * (place[k] - middle[k]);
        }
        if (bend) {
          findCorners(near, BEND, place, size);
          for (let axis = 0; axis < 3; axis++) from[axis] += weighted(near, bend[axis]);
        }
        findCorners(near, size, from);
        let brightness = weighted(near, voxels) / 255;
        targets[likeliest(near, labels) * volume + i] = 1;
        if (tone) {
          findCorners(near, SHADING, place, size);
          const gain = Math.exp(tone.gain + weighted(near, tone.shading));
          brightness = Math.min(1, Math.max(brightness, 1e-4) ** tone.gamma * gain);
        }
        x[i] = 2 * brightness - 1;
      }
    }
  }
}

function drawChange(random: Random): Change {
  const normal = () => boxMuller(random.integer(2 ** 32), random.integer(2 ** 32))[0];
  const between = (value: number, low: number, high: number) =>
    Math.min(high, Math.max(low, value));
  const shift = [0, 0, 0].map(() => random.integer(2 * MAX_SHIFT + 1) - MAX_SHIFT);
  const touched = random.uniform() >= UNTOUCHED;
  const [warped, toned, mirrored] = [0.75, 0.6, 0.4].map(
    (chance) => random.uniform() < chance && touched,
  );
  const common = 0.05 * normal();
  const zooms = [0, 0, 0].map(() => (warped ? between(common + 0.05 * normal(), -0.2, 0.15) : 0));
  const angles = [0, 0, 0].map(() => (warped ? between(0.1 * normal(), -0.3, 0.3) : 0));
  const elastic = BEND_VOXELS * random.uniform();
  const field = (shape: VolumeSize, spread: number) =>
    Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, () => spread * normal());
  const shading = 0.1 * random.uniform();
  return {
    mirrored,
    shift,
    matrix: rotation(angles).map((value, i) => value * Math.exp(-zooms[i % 3])),
    bend: warped ? [0, 1, 2].map(() => field(BEND, elastic)) : null,
    tone: toned
      ? {
          gain: 0.06 * normal(),
          gamma: Math.exp(0.12 * normal()),
          shading: field(SHADING, shading),
        }
      : null,
  };
}

/** Turns about the x, then the y, then the z axis, radians; row-major 3×3. */
function rotation(angles: readonly number[]): number[] {
  let out = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  for (const [axis, angle] of angles.entries()) {
    const [a, b] = [0, 1, 2].filter((k) => k !== axis);
    const turn = [1, 0, 0, 0, 1, 0, 0, 0, 1];
    [turn[4 * a], turn[4 * b]] = [Math.cos(angle), Math.cos(angle)];
    [turn[3 * a + b], turn[3 * b + a]] = [-Math.sin(angle), Math.sin(angle)];
    const before = out;
    out = out.map((_, i) => {
      const [row, column] = [Math.floor(i / 3), i % 3];
      return [0, 1, 2].reduce((sum, k) => sum + before[3 * row + k] * turn[3 * k + column], 0);
    });
  }
  return out;
}

/** The eight points of a grid around a place, and the weight of each. */
interface Corners {
  index: Int32Array;
  weight: Float64Array;
}

function createCorners(): Corners {
  return { index: new Int32Array(8), weight: new Float64Array(8) };
}

/** `place` in points of the grid, or, with `size`, in voxels of a volume whose corners are the grid's. Beyond it the edge repeats. */
function findCorners(
  { index, weight }: Corners,
  shape: VolumeSize,
  place: ArrayLike<number>,
  size: VolumeSize | null = null,
) {
  index.fill(0);
  weight.fill(1);
  for (let axis = 0; axis < 3; axis++) {
    const last = shape[axis] - 1;
    const at = size ? (place[axis] * last) / (size[axis] - 1) : place[axis];
    const inside = Math.min(last, Math.max(0, at));
    const low = Math.min(Math.floor(inside), Math.max(0, last - 1));
    const share = inside - low;
    for (let corner = 0; corner < 8; corner++) {
      const far = (corner >> axis) & 1;
      index[corner] = index[corner] * shape[axis] + Math.min(last, low + far);
      weight[corner] *= far ? share : 1 - share;
    }
  }
}

function weighted({ index, weight }: Corners, values: ArrayLike<number>): number {
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) sum += weight[corner] * values[index[corner]];
  return sum;
}

/** The label with the most weight around a place. */
function likeliest({ index, weight }: Corners, labels: ArrayLike<number>): number {
  const votes = [0, 0, 0];
  for (let corner = 0; corner < 8; corner++) votes[labels[index[corner]]] += weight[corner];
  return votes[1] > votes[0] && votes[1] >= votes[2] ? 1 : votes[2] > votes[0] ? 2 : 0;
}
