/** What this app writes as DICOM, read by Cornerstone and its image loader, with their own copies of every decoder. */
import cornerstoneText from 'cornerstone-core/dist/cornerstone.min.js?raw';
import loaderText from 'cornerstone-wado-image-loader/dist/cornerstoneWADOImageLoaderNoWebWorkers.bundle.min.js?raw';
import parserText from 'dicom-parser/dist/dicomParser.min.js?raw';
import { beforeAll, expect, test } from 'vitest';
import { encodeDicom, type DicomPixels } from '../../src/image/dicom/write-dicom';

/** As much of them as is used here; neither package has types. */
interface CornerstoneImage {
  width: number;
  height: number;
  color: boolean;
  slope: number;
  intercept: number;
  windowCenter: number;
  windowWidth: number;
  getPixelData(): ArrayLike<number>;
}
interface Globals {
  cornerstone: { loadImage(id: string): Promise<CornerstoneImage> };
  dicomParser: unknown;
  cornerstoneWADOImageLoader: {
    external: { cornerstone?: unknown; dicomParser?: unknown };
    wadouri: { fileManager: { add(file: Blob): string } };
  };
}
const globals = window as unknown as Globals;

/** They are scripts of the time before modules. */
async function run(text: string) {
  const script = document.createElement('script');
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  await new Promise((resolve, reject) => {
    Object.assign(script, { src: url, onload: resolve, onerror: reject });
    document.head.append(script);
  });
  URL.revokeObjectURL(url);
}

beforeAll(async () => {
  for (const text of [parserText, cornerstoneText, loaderText]) await run(text);
  const { cornerstone, dicomParser, cornerstoneWADOImageLoader: loader } = globals;
  Object.assign(loader.external, { cornerstone, dicomParser });
});

function read(pixels: DicomPixels): Promise<CornerstoneImage> {
  const file = encodeDicom(pixels, {
    modality: 'CR',
    model: 'Phantoscope small 0.2',
    modelHash: 'ab'.repeat(32),
    appVersion: '0.1.0',
    comments: 'röntgen of a chest, 胸部',
    instanceNumber: 1,
    provenance: { origin: 'text' },
    createdAt: new Date('2026-11-22T10:11:12Z'),
  });
  return globals.cornerstone.loadImage(
    globals.cornerstoneWADOImageLoader.wadouri.fileManager.add(file),
  );
}

const size = { width: 5, height: 3 };

test.each([
  ['8 bit', Uint8Array.from({ length: 15 }, (_, i) => i * 17)],
  ['16 bit', Uint16Array.from({ length: 15 }, (_, i) => i * 4000)],
  ['signed 16 bit', Int16Array.from({ length: 15 }, (_, i) => i * 300 - 2000)],
])('Cornerstone reads grey of %s, every pixel as it was', async (_what, samples) => {
  const image = await read({ ...size, channels: 1, samples });
  expect(image).toMatchObject({ ...size, color: false });
  expect(Array.from(image.getPixelData())).toEqual([...samples]);
});

test('Cornerstone reads colour, every pixel as it was', async () => {
  const samples = Uint8Array.from({ length: 45 }, (_, i) => i * 5);
  const image = await read({ ...size, channels: 3, samples });
  expect(image).toMatchObject({ ...size, color: true });
  const shown = Array.from(image.getPixelData());
  const channels = shown.length / 15; // some versions add alpha
  const rgb = shown.filter((_, i) => i % channels < 3);
  expect(rgb).toEqual([...samples]);
});

test('Cornerstone reads units and window', async () => {
  const image = await read({
    ...{ ...size, channels: 1, samples: new Int16Array(15) },
    window: { centre: 40, width: 400, shape: 'LINEAR' },
    rescale: { slope: 1, intercept: -1024, unit: 'HU' },
  });
  expect(image).toMatchObject({ slope: 1, intercept: -1024, windowCenter: 40, windowWidth: 400 });
});
