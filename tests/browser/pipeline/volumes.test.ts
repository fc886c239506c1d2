import { afterAll, beforeAll, expect, test } from 'vitest';
import { deleteDB } from 'idb';
import { openGallery, toGalleryItem } from '../../../src/gallery/gallery-store';
import { openNifti } from '../../../src/image/nifti/read-nifti';
import { readRequest } from '../../../src/image/synthetic-texts';
import { inMemory, withUrl } from '../../../src/views/gallery/gallery-entry';
import { labelWords } from '../../../src/views/studio/state/generated-volume';
import { viewedVolume } from '../../../src/pictures/viewed-picture';
import { ViewerState } from '../../../src/controls/viewer/viewer.svelte';
import { renderVolume } from '../../../src/controls/viewer/volume-renderer';
import { createWorkerClient, type WorkerClient } from '../../../src/bridge/worker-client';
import type { GeneratedImage } from '../../../src/contract/picture';
import type { GenerationRequest } from '../../../src/contract/request';
import golden from '../../fixtures/tiny-volume/golden.json';

const manifestUrl = new URL('../../fixtures/tiny-volume/model-manifest.json', import.meta.url).href;
const [{ request: asked, image: expected, labels, stride }] = golden.runs;
const request = asked as unknown as GenerationRequest;
const options = { signal: new AbortController().signal, onProgress: () => undefined };

let client: WorkerClient;
let made: GeneratedImage;
beforeAll(async () => {
  client = createWorkerClient({ manifestUrl });
  await client.install(request.modelId, options);
  made = await client.generate(request, 'wasm', options);
});
afterAll(async () => {
  await client.remove(request.modelId);
  client.dispose();
});

/** The voxels of a NIfTI file as Python numbers them, [x][y][z]. */
async function voxelsOf(nifti: Blob): Promise<number[]> {
  const { view, shape } = await openNifti(new Uint8Array(await nifti.arrayBuffer()));
  const [sizeX, sizeY, sizeZ] = shape;
  return Array.from({ length: sizeX * sizeY * sizeZ }, (_, i) => {
    const [x, y, z] = [Math.floor(i / (sizeY * sizeZ)), Math.floor(i / sizeZ) % sizeY, i % sizeZ];
    return view.getUint8(x + sizeX * (y + sizeY * z));
  });
}

test("the worker gives the Python run's volume and label map as NIfTI, and a picture with the request", async () => {
  const volume = made.volume!;
  const image = (await voxelsOf(volume.image)).filter((_, i) => i % stride === 0);
  const labelMap = await voxelsOf(volume.labels);
  expect(Math.max(...image.map((value, i) => Math.abs(value - expected[i])))).toBeLessThanOrEqual(
    1,
  );
  const wrong = labelMap.filter((_, i) => i % stride === 0).filter((x, i) => x !== labels[i]);
  expect(wrong.length / labels.length).toBeLessThanOrEqual(0.002);
  expect(Object.values(volume.labelMm3)).toEqual(
    [1, 2].map((label) => labelMap.filter((value) => value === label).length),
  );
  expect(labelWords(volume)).toMatch(/^drawn: anterior hippocampus [\d,]+ mm³, posterior/);
  expect(await readRequest(made.png)).toMatchObject({ covariates: { anterior_mm3: 1700 } });
});

test('a label map is drawn to, and kept as a hash', async () => {
  const mask = { labels: Uint16Array.from(golden.labelMap) };
  const drawn = await client.generate({ ...request, mask }, 'wasm', options);
  expect(drawn.request.mask).toEqual({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
  expect(drawn.maskPng).toBeUndefined();
  expect(await voxelsOf(drawn.volume!.image)).not.toEqual(await voxelsOf(made.volume!.image));
});

test('WebGPU, its latents going there and back, draws the same or says why it does not', async () => {
  const onGpu = await client.generate(request, 'auto', options);
  const [a, b] = await Promise.all([made, onGpu].map(({ volume }) => voxelsOf(volume!.image)));
  expect(Math.max(...a.map((value, i) => Math.abs(value - b[i])))).toBeLessThanOrEqual(1);
  expect(onGpu.backend.reason).not.toBe('');
});

test('the gallery keeps a volume, and a copy in memory too', async () => {
  const name = 'gallery-volumes-test';
  const gallery = await openGallery(name);
  await gallery.add(toGalleryItem(made));
  const [item] = await gallery.list();
  gallery.close();
  const copy = await inMemory(withUrl(item));
  await deleteDB(name);
  expect(await voxelsOf(copy.volume!.labels)).toEqual(await voxelsOf(made.volume!.labels));
  expect(copy.volume!.labelMm3).toEqual(made.volume!.labelMm3);
});

test('the viewer goes through the planes of a volume and has its labels for the renderer', async () => {
  const viewer = new ViewerState();
  await viewer.open(Promise.resolve({ png: made.png, ...viewedVolume(made.volume!) }));
  expect(viewer.error).toBeNull();
  expect(viewer.numSlices).toEqual({ axial: 24, coronal: 16, sagittal: 8 });
  expect(viewer.labelFile).toBe(made.volume!.labels);
  viewer.showPlane('sagittal');
  expect(viewer.image).toMatchObject({ width: 16, height: 24 });
  viewer.close();
  expect(viewer.labelFile).toBeNull();
});

test('niivue draws the volume with labels over it', async () => {
  const canvas = document.body.appendChild(document.createElement('canvas'));
  canvas.width = canvas.height = 200;
  canvas.style.cssText = 'width: 200px; height: 200px';
  const view = await renderVolume(canvas, made.volume!.image, made.volume!.labels);
  // Drawn and read in one task: WebGL keeps no picture for the next.
  const coloured = (opacity: number) => {
    view.setLabelOpacity(opacity);
    const context = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d')!;
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) count += +(Math.abs(data[i] - data[i + 2]) > 60);
    return count;
  };
  const [without, withLabels] = [coloured(0), coloured(1)];
  view.close();
  canvas.remove();
  expect(withLabels).toBeGreaterThan(without + 100);
});
