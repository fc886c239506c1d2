import { expect, test } from 'vitest';
import { judgeVolumes, type JudgedVolume } from '../../../src/evaluation/judge-volumes';
import { createRandom } from '../../../src/evaluation/metrics/random';
import type { VolumeSize } from '../../../src/image/volume/voxel-place';

const size: VolumeSize = [20, 22, 24];
const count = 20 * 22 * 24;

/** Blocks of noise, and a box of both parts that grows with `n`. */
function toy(n: number, asked?: number): JudgedVolume {
  const random = createRandom(n);
  const blocks = Array.from({ length: 10 * 11 * 12 }, () => random.integer(256));
  const labels = new Uint8Array(count);
  const voxels = Uint8Array.from({ length: count }, (_, i) => {
    const [x, y, z] = [Math.floor(i / (22 * 24)), Math.floor(i / 24) % 22, i % 24];
    if (x > 3 && x < 10 && y > 3 && y < 10 && z < 5 + (n % 9)) labels[i] = 1;
    if (x > 3 && x < 10 && y > 11 && y < 15 && z < 6) labels[i] = 2;
    return blocks[((x >> 1) * 11 + (y >> 1)) * 12 + (z >> 1)];
  });
  return { voxels, labels, asked: [asked ?? null, null] };
}

/** Seen from the other side. */
function mirrored({ voxels, labels }: JudgedVolume): JudgedVolume {
  const turned = voxels.map(
    (_, i) => voxels[(19 - Math.floor(i / (22 * 24))) * 22 * 24 + (i % (22 * 24))],
  );
  return { voxels: turned, labels };
}

const real = Array.from({ length: 10 }, (_, n) => toy(n));
const nothing = () => Promise.resolve();

test('a mirrored real volume among the synthetic ones is suspected, and new ones are not', async () => {
  const synthetic = [toy(100), mirrored(real[7]), toy(101), toy(102)];
  const told: number[] = [];
  const { copies, realShare } = await judgeVolumes(
    { synthetic, real, size, voxelMm3: 1 },
    (share) => {
      told.push(share);
      return Promise.resolve();
    },
  );
  expect(copies.suspects).toContain(1);
  expect(copies.of[1]).toBeGreaterThan(0.999);
  expect(copies.count).toBe(copies.suspects.length);
  expect(copies.of.filter((value) => value > 0.9)).toHaveLength(1);
  expect(realShare).toBe(0.1); // of ten one lies above the 95th percentile
  expect(told).toHaveLength(14);
  expect(told.at(-1)).toBe(1);
});

test('asked and drawn volumes are compared in mm³, shapes by their mean and spread', async () => {
  // Of the first part 36 voxels a slice, 5 to 8 slices.
  const synthetic = [0, 1, 2, 3].map((n) => toy(n, 36 * (5 + n) * 2));
  const report = await judgeVolumes({ synthetic, real, size, voxelMm3: 2 }, nothing);
  expect(report.control[0]).toMatchObject({ spearman: 1, meanError: 0, count: 4 });
  expect(report.control[1]).toBeNull();
  const [first, second] = report.shapes;
  expect(first.synthetic!.mean).toBeCloseTo(36 * 6.5 * 2, 9);
  expect(second).toMatchObject({ synthetic: { mean: 6 * 3 * 6 * 2, sd: 0 }, real: { sd: 0 } });
});

test('volumes without label maps are compared all the same', async () => {
  const bare = real.map(({ voxels }) => ({ voxels, labels: null }));
  const report = await judgeVolumes(
    { synthetic: bare.slice(0, 1), real: bare, size, voxelMm3: 1 },
    nothing,
  );
  expect(report.shapes.every(({ synthetic, real: others }) => !synthetic && !others)).toBe(true);
  expect(report.similarity.synthetic).toBeNull();
  expect(report.copies.suspects).toEqual([0]);
});

test('volumes too small to be compared are refused by name', async () => {
  const small: VolumeSize = [8, 16, 24];
  const refused = judgeVolumes({ synthetic: real, real, size: small, voxelMm3: 1 }, nothing);
  await expect(refused).rejects.toMatchObject({ name: 'RequestInvalid' });
  await expect(refused).rejects.toThrowError(/8 × 16 × 24 voxels are too small/);
});

test('volumes that were all asked for the same have an error and no rank', async () => {
  const synthetic = [0, 1, 2].map((n) => toy(n, 216));
  const { control } = await judgeVolumes({ synthetic, real, size, voxelMm3: 1 }, nothing);
  // 180, 216 and 252 were drawn.
  expect(control[0]).toEqual({ spearman: null, meanError: 1 / 9, count: 3 });
});
