import { beforeAll, describe, expect, test } from 'vitest';
import { latentDims } from '../../../src/diffusion/latents';
import type { DiffusionModel } from '../../../src/diffusion/model';
import { generate } from '../../../src/diffusion/pipeline';
import { projectPreview } from '../../../src/diffusion/preview';
import { validateRequest } from '../../../src/diffusion/request';
import { toVolume } from '../../../src/diffusion/volume';
import { labelVolumes, threePlanes } from '../../../src/image/volume/labelled-volume';
import type { VolumeFacts } from '../../../src/models/manifest/manifest';
import { validateManifest } from '../../../src/models/manifest/validate-manifest';
import type { GenerationProgress } from '../../../src/contract/picture';
import { compareWithGoldenVolume, type GoldenVolume } from '../../golden-volume';
import { loadFixturePackage, readFixture } from './fixture-package';

const { runs, labelMap, start } = readFixture('tiny-volume', 'golden.json') as {
  runs: GoldenVolume[];
  labelMap: number[];
  start: number[];
};
const [plain, toLabels, fromImage, guided] = runs;
const withMask = {
  ...toLabels,
  request: { ...toLabels.request, mask: { labels: Uint16Array.from(labelMap) } },
};
const voxels = Uint8Array.from(start);
const withInit = {
  ...fromImage,
  request: { ...fromImage.request, init: { voxels, strength: 0.5 } },
};
const facts: VolumeFacts = { size: [2, 3, 4], spacingMm: [1, 1, 2], labels: ['none', 'a', 'p'] };

describe('the pipeline', () => {
  let model: DiffusionModel;
  beforeAll(async () => {
    model = await loadFixturePackage('tiny-volume');
  });

  for (const [what, golden] of [
    ['a prompt and one volume asked for', plain],
    ['a label map', withMask],
    ['an image, half of the way', withInit],
    ['a prompt, guided', guided],
  ] as const) {
    test(`gives the Python run's volume from ${what}`, async () => {
      const compared = await compareWithGoldenVolume(model, golden);
      // Measured 4e-7, 2e-6 and 0: float32 sums in another order.
      expect(compared.latentsError).toBeLessThanOrEqual(7e-6);
      expect(compared.decodedError).toBeLessThanOrEqual(3e-5);
      expect(compared.imageDifference).toBeLessThanOrEqual(1);
      expect(compared.labelsDiffering).toBeLessThanOrEqual(0.002);
    });
  }

  test('has latents of three axes, previews of a plane and a picture of three', async () => {
    expect(latentDims(model.entry)).toEqual([1, 24, 4, 8, 12]);
    const told: GenerationProgress[] = [];
    const job = {
      signal: new AbortController().signal,
      onProgress: (progress: GenerationProgress) => told.push(progress),
    };
    const { width, height, rgba, volume } = await generate(model, plain.request, job);
    expect([width, height]).toEqual([model.entry.image.width, model.entry.image.height]);
    expect(rgba.length).toBe(width * height * 4);
    expect(volume!.image.length).toBe(8 * 16 * 24);
    const previews = told.flatMap((one) => ('preview' in one && one.preview ? [one.preview] : []));
    expect(previews[0]).toMatchObject({ width: 8, height: 16 });
  });

  test('its preview of clean latents is the axial plane of the picture', async () => {
    const latents = Float32Array.from({ length: 24 * 4 * 8 * 12 }, (_, i) => Math.sin(i) / 4);
    const preview = projectPreview(latents, model.entry);
    const { rgba, width } = await model.decode(latents);
    // The picture centres the 16 rows of the axial plane in 24.
    const differences = Array.from({ length: 8 * 16 }, (_, i) => {
      const [x, y] = [i % 8, Math.floor(i / 8)];
      return Math.abs(preview.rgba[i * 4] - rgba[((y + 4) * width + x) * 4]);
    });
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    expect(new Set(preview.rgba).size).toBeGreaterThan(20);
  });

  test('at strength 0 the image stays, and gets a label map', async () => {
    const request = { ...plain.request, init: { voxels, strength: 0 } };
    const job = { signal: new AbortController().signal, onProgress: () => undefined };
    const { volume } = await generate(model, request, job);
    const differences = voxels.map((grey, i) => Math.abs(grey - volume!.image[i]));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    expect(new Set(volume!.labelMap).size).toBeGreaterThan(1);
  });

  test.each([
    [
      'another size',
      { init: { voxels: new Uint8Array(5), strength: 0.5 } },
      /volume to start from has the wrong size/,
    ],
    [
      'its hash alone',
      { init: { sha256: 'ab', strength: 0.5 } },
      /volume to start from is not kept/,
    ],
    [
      'a label map beside it',
      { init: { voxels, strength: 0.5 }, mask: { labels: Uint16Array.from(labelMap) } },
      /a volume and a label map/,
    ],
    [
      'a region',
      { init: { voxels, strength: 0.5 }, inpaint: { region: new Uint8Array(9), featherPx: 0 } },
      /paints no part of a volume anew/,
    ],
  ])('refuses a volume to start from with %s', (_, change, message) => {
    expect(() => validateRequest({ ...plain.request, ...change }, model.entry)).toThrowError(
      message,
    );
  });

  test.each([
    ['another size', new Uint16Array(5), /wrong size.*8 × 16 × 24.*got 5/],
    ['a label of 3', Uint16Array.from(labelMap, (x) => (x === 2 ? 3 : x)), /holds the value 3/],
    ['one part', Uint16Array.from(labelMap, (x) => (x === 2 ? 1 : x)), /holds no 2/],
  ])('refuses a label map with %s', (_, labels, message) => {
    const request = { ...plain.request, mask: { labels } };
    expect(() => validateRequest(request, model.entry)).toThrowError(message);
  });

  test('refuses mm³ outside what training had', () => {
    const request = { ...plain.request, covariates: { anterior_mm3: 9000 } };
    expect(() => validateRequest(request, model.entry)).toThrowError(/1000 to 2600 mm³, got 9000/);
  });
});

test('a volume whose size the latents cannot have is refused', () => {
  const manifest = readFixture('tiny-volume', 'model-manifest.json') as ReturnType<
    typeof validateManifest
  >;
  expect(validateManifest(structuredClone(manifest)).models[0].volume!.size).toEqual([8, 16, 24]);
  manifest.models[0].volume!.size[1] = 15;
  expect(() => validateManifest(manifest)).toThrowError(/8 × 15 × 24, expected multiples/);
});

test('fields become labels, and numbers grey', () => {
  const decoded = Float32Array.from([-1, 0, 1, 9, 0.5, -0.1, 0.2, 0.3, 0.4, 0.4, -0.4, 0]);
  const { image, labelMap } = toVolume(decoded, facts);
  expect([...image]).toEqual([0, 128, 255, 255]);
  expect([...labelMap]).toEqual([1, 0, 2, 2]);
  expect(() => toVolume(Float32Array.of(NaN, 1, 1), facts)).toThrowError(/decoded voxels/);
});

test('three planes lie side by side, the right of the patient on the left and the front or top above', () => {
  const size: [number, number, number] = [2, 4, 6];
  // Each voxel says where it is.
  const image = Uint8Array.from({ length: 48 }, (_, i) => i);
  const { width, height, rgba } = threePlanes({ size, image });
  const at = (column: number, row: number) => rgba[(row * width + column) * 4];
  const voxel = (x: number, y: number, z: number) => (x * 4 + y) * 6 + z;
  expect([width, height]).toEqual([2 + 2 + 4, 6]);
  expect(at(0, 1)).toBe(voxel(1, 3, 3)); // axial: right, front
  expect(at(1, 4)).toBe(voxel(0, 0, 3)); // left, back
  expect(at(2, 0)).toBe(voxel(1, 2, 5)); // coronal: right, top
  expect(at(4, 0)).toBe(voxel(1, 3, 5)); // sagittal: front, top
  expect(at(7, 5)).toBe(voxel(1, 0, 0)); // back, below
  expect(at(0, 0)).toBe(0); // beside the lower plane
});

test('volumes of labels are counted in mm³', () => {
  const volume = { ...facts, image: new Uint8Array(4), labelMap: Uint8Array.of(0, 1, 2, 2) };
  expect(labelVolumes(volume)).toEqual({ a: 2, p: 4 });
});
