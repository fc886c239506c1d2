import { expect, test, vi } from 'vitest';
import type { VolumeReport, VolumeSets } from '../../../src/evaluation/judge-volumes';
import { encodeVolume } from '../../../src/image/volume/volume-files';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import type { GalleryState } from '../../../src/views/gallery/gallery.svelte';
import { LEAST_REAL, VolumeJudging } from '../../../src/views/evaluate/volume-judging.svelte';
import type { VolumeTrainer } from '../../../src/views/evaluate/volume-training.svelte';
import type { VolumeSegmentation } from '../../../src/evaluation/report/report';
import type { GenerationRequest } from '../../../src/contract/request';
import { toyVolume } from '../../unit/image/toy-volume';

const volume = toyVolume({
  size: [6, 8, 10],
  image: new Uint8Array(480),
  labelMap: new Uint8Array(480),
});
volume.image.forEach((_, i) => (volume.image[i] = i % 251));
volume.labelMap[200] = 1;
volume.labelMap[300] = 2;
const entry = {
  id: 'volumes',
  volume: { size: volume.size, spacingMm: [1, 1, 1], labels: volume.labels },
  conditions: { covariates: [{ name: 'a_mm3' }, { name: 'p_mm3' }] },
} as DiffusionEntry;
const report: VolumeReport = {
  copies: { share: { value: 1, low: 0.03, high: 1 }, count: 1, limit: 0.8, suspects: [0], of: [1] },
  ...{
    numReal: 20,
    realShare: 0.05,
    similarity: { synthetic: null, real: 0.4 },
    control: [null, null],
    shapes: [],
  },
};

async function files() {
  const made = await encodeVolume(volume, { origin: 'text' });
  return Array.from({ length: LEAST_REAL }, (_, i) => [
    new File([made.labels], `scan-${i}_label.nii.gz`),
    new File([made.image], `scan-${i}.nii.gz`),
  ]).flat();
}

async function judging(answer: (sets: VolumeSets) => Promise<VolumeReport>) {
  const made = await encodeVolume(volume, { origin: 'text' });
  const request = { modelId: 'volumes', covariates: { a_mm3: 3 } } as unknown as GenerationRequest;
  const noted: unknown[] = [];
  const gallery = {
    entries: [
      { id: 'one', volume: made, request },
      { id: 'a picture', request },
      { id: 'thrown away', volume: made, request, discarded: true },
    ],
    noteCopies: (...all: unknown[]) => Promise.resolve(void noted.push(all)),
  } as unknown as GalleryState;
  return { judge: new VolumeJudging(entry, gallery, async () => answer), noted };
}

test('the gallery’s volumes go against real ones with their label maps, and suspects are noted', async () => {
  let given: VolumeSets | undefined;
  const { judge, noted } = await judging((sets) => Promise.resolve(((given = sets), report)));
  await judge.takeFiles(await files());
  expect(judge.error).toBeNull();
  await judge.start();
  expect(judge.report).toEqual(report);
  expect(given!.real).toHaveLength(LEAST_REAL);
  expect(given!.real.every(({ labels }) => labels?.length === 480)).toBe(true);
  expect(given!.synthetic).toHaveLength(1);
  expect(given!.synthetic[0].asked).toEqual([3, null]);
  expect([...given!.synthetic[0].voxels]).toEqual([...volume.image]);
  expect(noted).toEqual([
    [['one'], expect.objectContaining({ copies: 1, checked: 1, limit: 0.05, suspects: ['one'] })],
  ]);
});

test('a real volume lies in the frame as its label map does, wherever the labels are in it', async () => {
  const { judge } = await judging(() => Promise.resolve(report));
  const off = toyVolume({
    ...volume,
    ...{ size: [7, 9, 11], image: new Uint8Array(693), labelMap: new Uint8Array(693) },
  });
  for (let i = 0; i < 693; i++) off.image[i] = i % 251;
  for (const [i, label] of [1, 1, 2, 2].entries()) off.labelMap[200 + i] = label; // x 2, y 0
  const { image, labels } = await encodeVolume(off, { origin: 'text' });
  await judge.takeFiles([new File([image], 'a.nii.gz'), new File([labels], 'a_seg.nii.gz')]);
  expect(judge.error).toBeNull();
  const [{ voxels, labels: map }] = judge.real;
  expect(Array.from(voxels).filter((_, i) => map![i] > 0)).toEqual([200, 201, 202, 203]);
  expect(Array.from(map!).filter((label) => label > 0)).toEqual([1, 1, 2, 2]);
});

test('a packed label map belongs to a volume that is not packed, and the other way round', async () => {
  const { judge } = await judging(() => Promise.resolve(report));
  const { image, labels } = await encodeVolume(volume, { origin: 'text' });
  const plain = async (packed: Blob) =>
    new Response(packed.stream().pipeThrough(new DecompressionStream('gzip'))).blob();
  await judge.takeFiles([
    new File([await plain(image)], 'a.nii'),
    new File([labels], 'a_label.nii.gz'),
    new File([image], 'b.nii.gz'),
    new File([await plain(labels)], 'b_seg.nii'),
  ]);
  expect(judge.error).toBeNull();
  expect(judge.real.map(({ labels: map }) => map?.length)).toEqual([480, 480]);
});

test('the files that were chosen last count, also where those before take longer to read', async () => {
  let answer: ((found: VolumeReport) => void) | undefined;
  const { judge, noted } = await judging(() => new Promise((resolve) => (answer = resolve)));
  const many = await files();
  const first = judge.takeFiles(many);
  await Promise.all([judge.takeFiles(many.slice(0, 2)), first]);
  expect(judge.real).toHaveLength(1);

  await judge.takeFiles(many);
  const comparing = judge.start();
  await vi.waitUntil(() => answer);
  await judge.takeFiles(many.slice(0, 2));
  answer!(report);
  await comparing;
  expect(judge.report).toBeNull(); // it is of other volumes
  expect(noted).toEqual([]);
});

test('a label map of another grid than its volume is refused by name', async () => {
  const { judge } = await judging(() => Promise.resolve(report));
  const [map] = await files();
  const other = toyVolume({
    size: [6, 8, 9],
    image: new Uint8Array(432),
    labelMap: new Uint8Array(432),
  });
  const { image } = await encodeVolume(other, { origin: 'text' });
  await judge.takeFiles([new File([image], 'a.nii'), new File([map], 'a_label.nii')]);
  expect(judge.error?.name).toBe('ImageUnreadable');
  expect(judge.error?.message).toMatch(/^a\.nii: .*6 × 8 × 9 voxels and its label map 6 × 8 × 10/);
});

test('a file that is no volume is named, and what was read before stays', async () => {
  const { judge } = await judging(() => Promise.resolve(report));
  await judge.takeFiles(await files());
  await judge.takeFiles([new File(['?'], 'letter.nii')]);
  expect(judge.error).toMatchObject({ name: 'ImageUnreadable' });
  expect(judge.error?.message).toMatch(/^letter\.nii: .*no NIfTI volume/);
  expect(judge.real).toHaveLength(LEAST_REAL);
});

test('a comparison that fails says so and marks nothing; the next one runs', async () => {
  let fails = true;
  const { judge, noted } = await judging(() =>
    fails ? Promise.reject(new Error('out of memory')) : Promise.resolve(report),
  );
  await judge.takeFiles(await files());
  await judge.start();
  expect([judge.error?.message, judge.running, noted.length]).toEqual(['out of memory', false, 0]);
  fails = false;
  await judge.start();
  expect([judge.error, noted.length]).toEqual([null, 1]);
});

test('segmenters are trained on what was read, and another set of files forgets what was found', async () => {
  const made = await encodeVolume(volume, { origin: 'text' });
  const gallery = {
    entries: [{ id: 'one', volume: made, request: { modelId: 'volumes', covariates: {} } }],
  } as unknown as GalleryState;
  const found = { sizes: [] } as unknown as VolumeSegmentation;
  const asked: { learnerId: string; steps: number; real: number }[] = [];
  let fails = true;
  const train: VolumeTrainer = ({ real }, { learnerId, steps }, { onProgress }) => {
    asked.push({ learnerId, steps, real: real.length });
    onProgress({ stage: 'usefulness', done: 1, total: 2, msLeft: 1000 });
    return fails ? Promise.reject(new Error('too few')) : Promise.resolve(found);
  };
  const judge = new VolumeJudging(
    entry,
    gallery,
    async () => () => Promise.resolve(report),
    async () => train,
  );
  const training = judge.training!;
  await judge.takeFiles(await files());
  training.steps = 7;
  await training.start();
  expect([training.error?.message, training.running, training.report]).toEqual([
    'too few',
    false,
    null,
  ]);
  fails = false;
  await training.start();
  expect([training.error, training.report]).toEqual([null, found]);
  expect(asked[1]).toEqual({ learnerId: 'learner-volume-segmenter', steps: 7, real: LEAST_REAL });
  await judge.takeFiles(await files());
  expect(training.report).toBeNull();
});
